// Pipes for long runs of payload, under a limit: each takes two descriptors and, while bytes are in
// it, memory of the kernel. Who gets none copies through a buffer instead.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "common/net/pipe.hpp"
#include "liblb/core/descriptor_budget.hpp"

namespace hapair::lb {

class PipePool;

/// One pipe, owned; empty when moved from or when the pool had none.
class PooledPipe {
 public:
  PooledPipe() = default;
  PooledPipe(PooledPipe&& other) noexcept = default;
  PooledPipe& operator=(PooledPipe&& other) noexcept {
    if (this != &other) {
      release();
      pool_ = other.pool_;
      pipe_ = std::move(other.pipe_);
    }
    return *this;
  }
  ~PooledPipe() { release(); }

  [[nodiscard]] explicit operator bool() const { return pipe_ != nullptr; }
  [[nodiscard]] net::Pipe& operator*() const { return *pipe_; }
  /// Bytes in it; none in no pipe.
  [[nodiscard]] std::size_t size() const { return pipe_ ? pipe_->size() : 0; }
  /// Bytes that are still in it are lost.
  void release();

 private:
  friend class PipePool;
  PooledPipe(PipePool* pool, std::unique_ptr<net::Pipe> pipe)
      : pool_(pool), pipe_(std::move(pipe)) {}

  PipePool* pool_ = nullptr;
  std::unique_ptr<net::Pipe> pipe_;
};

class PipePool {
 public:
  /// The budget outlives the pool.
  PipePool(std::size_t limit, DescriptorBudget& descriptors)
      : limit_(limit), descriptors_(descriptors) {}
  ~PipePool() { trim(); }
  PipePool(const PipePool&) = delete;
  PipePool& operator=(const PipePool&) = delete;

  /// A pipe with nothing in it; an empty handle when all are in use or the kernel gives no more.
  [[nodiscard]] PooledPipe acquire();

  [[nodiscard]] std::size_t in_use() const { return in_use_; }
  /// Gives back what is kept for reuse.
  void trim();

 private:
  friend class PooledPipe;
  /// Free ones kept for reuse.
  static constexpr std::size_t kMaxSpare = 32;

  void give_back(std::unique_ptr<net::Pipe> pipe);

  std::size_t limit_;
  DescriptorBudget& descriptors_;
  std::size_t in_use_ = 0;
  std::vector<std::unique_ptr<net::Pipe>> spare_;
};

}  // namespace hapair::lb
