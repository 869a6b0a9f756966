// Who waits for a server with room, in order of arrival. Links the waiters themselves, so waiting
// allocates nothing. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/time.hpp"
#include "liblb/core/counters.hpp"

namespace hapair::lb {

class WaitQueue;

/// A request (HTTP) or connection (TCP) that may have to wait; in one queue at a time. Destruction
/// takes it out.
class Waiter {
 public:
  Waiter() = default;
  virtual ~Waiter() { leave_queue(); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  /// A server has room: it was taken out of the queue and may go.
  virtual void on_turn(base::Instant now) = 0;

  [[nodiscard]] bool queued() const { return queue_ != nullptr; }
  /// Nothing where it does not wait.
  void leave_queue();

 private:
  friend class WaitQueue;

  WaitQueue* queue_ = nullptr;
  Waiter* prev_ = nullptr;
  Waiter* next_ = nullptr;
  std::uint64_t ticket_ = 0;  ///< 0: it had a turn before
};

class WaitQueue {
 public:
  /// At most `limit` wait; 0: nobody does.
  explicit WaitQueue(std::size_t limit) : limit_(limit) {}
  /// A part of `whole`, for some of those who wait: they count there too, and its limit is for all.
  /// The whole outlives it.
  explicit WaitQueue(WaitQueue* whole) : whole_(whole) {}
  ~WaitQueue();
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  /// Its place, from 1; 0: the queue is full. Who `had_turn` before goes before all others.
  [[nodiscard]] std::size_t enter(Waiter& waiter, bool had_turn);
  /// Who is first is out of the queue; nullptr when nobody waits.
  [[nodiscard]] Waiter* pop();
  /// When its first waiter came, by a number that grows; only where somebody waits.
  [[nodiscard]] std::uint64_t first_ticket() const { return first_->ticket_; }

  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  /// How many wait, in its parts too, and the most there ever were.
  [[nodiscard]] const Gauge& length() const { return length_; }

 private:
  friend class Waiter;
  void remove(Waiter& waiter);

  WaitQueue* whole_ = this;
  std::size_t limit_ = 0;
  std::uint64_t tickets_ = 0;
  Gauge length_;
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

}  // namespace hapair::lb
