// Buffers of one size for data in flight, under a hard limit. An idle connection holds none. Who
// gets none is queued and called when one comes back: back-pressure instead of growth.
//
// A quarter of the limit is reserved for work that has begun (Use::kContinue), and of that a half
// for what only has to be sent (Use::kFinish). Who holds a buffer of one use waits for those of a
// later use only, so whatever has begun can be finished, and what is new waits for that.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "liblb/io/work_queue.hpp"

namespace hapair::lb {

class BufferPool;

/// One buffer, owned; empty when moved from or when the pool had none.
class Buffer {
 public:
  /// The longest message head and room for what it gains when it is written anew.
  static constexpr std::size_t kSize = 17 * 1024;

  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), data_(std::exchange(other.data_, nullptr)) {}
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer() { release(); }

  [[nodiscard]] explicit operator bool() const { return data_ != nullptr; }
  [[nodiscard]] std::span<std::uint8_t> bytes() const { return {data_, data_ ? kSize : 0}; }
  void release() {
    if (data_ != nullptr) give_back();
  }

 private:
  friend class BufferPool;
  Buffer(BufferPool* pool, std::uint8_t* data) : pool_(pool), data_(data) {}
  void give_back();

  BufferPool* pool_ = nullptr;
  std::uint8_t* data_ = nullptr;
};

class BufferPool {
 public:
  enum class Use { kBegin, kContinue, kFinish };

  /// `limit`: at least 4, so that something is left for each use.
  BufferPool(WorkQueue& work, std::size_t limit) : work_(work) { set_limit(limit); }
  /// From now on; what is in use above it goes on.
  void set_limit(std::size_t limit) {
    limits_ = {limit - std::max<std::size_t>(limit / 4, 2),
               limit - std::max<std::size_t>(limit / 8, 1), limit};
  }
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  /// A buffer, or an empty handle; then `task` runs when it is worth asking again, or in the turn
  /// that it waits for already.
  [[nodiscard]] Buffer acquire(Use use, Task& task);

  /// Gives back to the allocator what is kept for reuse.
  void trim();

  [[nodiscard]] std::size_t in_use() const { return in_use_; }
  /// How often there was none for somebody.
  [[nodiscard]] std::uint64_t refusals() const { return refusals_; }
  [[nodiscard]] std::size_t limit() const { return limits_.back(); }

 private:
  friend class Buffer;
  /// Free ones kept for reuse; what is above goes back to the allocator.
  static constexpr std::size_t kMaxSpare = 256;

  void give_back(std::uint8_t* data);
  static constexpr std::size_t kUses = 3;

  /// Who is to be called for a free buffer: who goes on before who begins.
  [[nodiscard]] Task* next_waiting();

  WorkQueue& work_;
  std::array<std::size_t, kUses> limits_{};  ///< what may be in use all told, by the next one's use
  std::size_t in_use_ = 0;
  std::uint64_t refusals_ = 0;
  std::vector<std::uint8_t*> spare_;     ///< last in, first out: the warmest is used next
  std::array<TaskList, kUses> waiting_;  ///< for a buffer, by the use they have for it
};

}  // namespace hapair::lb
