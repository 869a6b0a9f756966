// Beats the worker's pulse from its loop, and measures on the way how late the loop runs its most
// urgent timers: the loop lag of the status.
#pragma once

#include <chrono>

#include "apps/hapair/guardian/worker_pulse.hpp"
#include "common/base/histogram.hpp"
#include "common/event/event_loop.hpp"

namespace hapair::guardian {

class Heartbeat {
 public:
  static constexpr base::Duration kPeriod = std::chrono::milliseconds(10);

  Heartbeat(event::EventLoop& loop, WorkerPulse& pulse);

  /// Beats now and every kPeriod from here on.
  void start();

  /// In between, where one callback takes long.
  void beat();

  /// How late each beat was.
  [[nodiscard]] const base::Histogram& lag() const { return lag_; }

 private:
  void on_timer() noexcept;

  event::EventLoop& loop_;
  WorkerPulse& pulse_;
  event::Timer timer_;
  base::Histogram lag_;
};

}  // namespace hapair::guardian
