// Who waits for a server with room, by priority and then in order of arrival. Links the waiters
// themselves, so waiting allocates nothing where all are of one priority. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

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
  int priority_ = 0;
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

  /// Its place, from 1; 0: the queue is full, whatever the priority. The lowest priority goes
  /// first; within one, who `had_turn` before goes before all others.
  [[nodiscard]] std::size_t enter(Waiter& waiter, bool had_turn, int priority = 0);
  /// Who is first is out of the queue; nullptr when nobody waits.
  [[nodiscard]] Waiter* pop();
  /// Whether its first waiter goes before that of another part of the same whole; only where
  /// somebody waits in both.
  [[nodiscard]] bool goes_before(const WaitQueue& other) const;

  [[nodiscard]] bool empty() const { return lines_.empty(); }
  /// How many wait, in its parts too, and the most there ever were.
  [[nodiscard]] const Gauge& length() const { return length_; }

 private:
  friend class Waiter;
  /// All of one priority, in order; never empty.
  struct Line {
    int priority = 0;
    Waiter* first = nullptr;
    Waiter* last = nullptr;
    std::size_t length = 0;
  };

  /// How many of one priority wait in the parts of this queue.
  struct Count {
    int priority = 0;
    std::size_t waiters = 0;
  };

  void remove(Waiter& waiter);
  [[nodiscard]] Count& count_of(int priority);
  /// That of this priority, or where it would be.
  [[nodiscard]] std::vector<Line>::iterator line_of(int priority);

  WaitQueue* whole_ = this;
  std::size_t limit_ = 0;
  std::uint64_t tickets_ = 0;
  Gauge length_;
  std::vector<Line> lines_;      ///< by priority
  std::vector<Count> in_parts_;  ///< of each priority that ever waited there
};

}  // namespace hapair::lb
