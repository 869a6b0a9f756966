// What the service manager wants to hear from time to time (WatchdogSec, sd_watchdog_enabled(3)); a
// service that is silent for longer it takes for hung, and starts anew.
#pragma once

#include <optional>

#include "common/base/time.hpp"

namespace hapair::supervisor {

class Watchdog {
 public:
  /// Told so many times in the time that the service manager allows.
  static constexpr int kTimes = 3;

  /// `limit` is what the service manager allows; zero: nobody watches.
  explicit Watchdog(base::Duration limit) : period_(limit / kTimes) {}

  /// Tells the service manager, where it is time to.
  void on_time(base::Instant now);
  /// Absent: nobody watches.
  [[nodiscard]] std::optional<base::Instant> next_deadline() const;

 private:
  base::Duration period_;
  base::Instant due_{};  ///< at once, the first time
};

}  // namespace hapair::supervisor
