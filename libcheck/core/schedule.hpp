// When a target is checked next. Checks keep to a grid of their own, so an interval never drifts
// however long a check or the loop takes; a missed slot is skipped, not made up for. Each check
// comes a little off its grid point (jitter), so that nodes and targets do not fall into step.
// Pure.
#pragma once

#include "common/base/random.hpp"
#include "common/base/time.hpp"

namespace hapair::check {

/// Over how long the first checks of so many targets are spread: a handful of servers is known
/// within milliseconds of a start, ten thousand do not come as one burst.
[[nodiscard]] base::Duration first_check_spread(std::size_t targets, base::Duration interval);

class Schedule {
 public:
  /// Jitter is up to this share of the interval.
  static constexpr int kJitterShare = 20;

  Schedule(base::Duration interval, base::Random& random) : interval_(interval), random_(random) {}

  /// The first check, within `spread`; the grid itself gets any phase of the interval.
  [[nodiscard]] base::Instant first(base::Instant now, base::Duration spread);
  /// The check after the one that began at `began`: on the next grid point that is not past and at
  /// least half an interval after it.
  [[nodiscard]] base::Instant next(base::Instant began, base::Instant now);

 private:
  base::Duration interval_;
  base::Random& random_;
  base::Instant grid_{};
};

}  // namespace hapair::check
