// Coarse timeouts for thousands of connections: one wheel instead of a timer each. Pure: time is
// passed in. Moving a deadline later, the usual case, is one store; the entry finds its new slot
// when its old one comes up.
//
// Accuracy: a timeout fires up to one tick (64 ms) late, never early.
#pragma once

#include <array>
#include <cstddef>

#include "common/base/time.hpp"
#include "common/event/callback.hpp"

namespace hapair::event {

class TimerWheel;

/// One timeout, a member of what it guards. Destruction cancels it.
class WheelTimer {
 public:
  explicit WheelTimer(Callback<> callback) : callback_(callback) {}
  ~WheelTimer() { cancel(); }
  WheelTimer(const WheelTimer&) = delete;
  WheelTimer& operator=(const WheelTimer&) = delete;

  void cancel() {
    if (armed()) unlink();
  }
  [[nodiscard]] bool armed() const { return link_ != nullptr; }
  /// Meaningful while it is armed.
  [[nodiscard]] base::Instant deadline() const { return deadline_; }

 private:
  friend class TimerWheel;
  void unlink();

  Callback<> callback_;
  WheelTimer* next_ = nullptr;
  WheelTimer** link_ = nullptr;  ///< what points to it in its list; null: it is in none
  base::Instant deadline_{};
  base::Instant slot_time_{};  ///< when the slot that holds it comes up; at or before deadline_
};

class TimerWheel {
 public:
  static constexpr base::Duration kTick = std::chrono::milliseconds(64);

  explicit TimerWheel(base::Instant now) : reached_(now) {}
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// Arms or moves a timer. `deadline` in the past fires at the next advance().
  void arm(WheelTimer& timer, base::Instant deadline);

  /// Fires what is due. Callbacks may arm, cancel and destroy any timer of the wheel.
  void advance(base::Instant now);

 private:
  static constexpr std::size_t kSlots = 512;

  void link(WheelTimer& timer);
  void visit(std::size_t slot, base::Instant now);

  std::array<WheelTimer*, kSlots> slots_{};
  base::Instant reached_;  ///< every slot up to here has been visited
  std::size_t current_ = 0;
};

}  // namespace hapair::event
