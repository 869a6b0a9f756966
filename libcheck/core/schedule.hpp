// When a target is checked next. Checks keep to a grid of their own, so an interval never drifts
// however long a check or the loop takes; a missed slot is skipped, not made up for. Each check
// comes a little off its grid point (jitter), so that nodes and targets do not fall into step.
// All checks are due on common ticks, so that one waking of the loop serves many of them.
// Where another interval begins to hold, so does another grid, from the check that was just made.
// Pure.
#pragma once

#include <compare>
#include <cstddef>

#include "common/base/random.hpp"
#include "common/base/time.hpp"
#include "libcheck/core/rise_fall.hpp"

namespace hapair::check {

/// Over how long the first checks of so many targets are spread: a handful of servers is known
/// within milliseconds of a start, ten thousand do not come as one burst.
[[nodiscard]] base::Duration first_check_spread(std::size_t targets, base::Duration interval);

/// From the start of one check to the start of the next; all above 0.
struct Intervals {
  base::Duration normal = std::chrono::seconds(2);
  base::Duration fast = normal;  ///< while results speak against the verdict
  base::Duration down = normal;  ///< while the target is down, and nothing speaks against that

  auto operator<=>(const Intervals&) const = default;
};

/// Which of them holds for a target whose results are counted here.
[[nodiscard]] base::Duration interval_for(const Intervals& intervals, const RiseFall& counter);

class Schedule {
 public:
  /// Jitter is up to this share of the interval.
  static constexpr int kJitterShare = 20;
  /// Ticks are so far apart, or that share of the interval where that is less.
  static constexpr base::Duration kTick = std::chrono::milliseconds(5);

  Schedule(base::Duration interval, base::Random& random) : interval_(interval), random_(random) {}

  /// The first check, within `spread`; the grid itself gets any phase of the interval.
  [[nodiscard]] base::Instant first(base::Instant now, base::Duration spread);
  /// The check after the one that began at `began`: on the next grid point that is not past and at
  /// least half an interval after it. `interval` holds from here on.
  [[nodiscard]] base::Instant next(base::Instant began, base::Instant now, base::Duration interval);

 private:
  /// The next tick from `at` on.
  [[nodiscard]] base::Instant on_tick(base::Instant at) const;

  base::Duration interval_;
  base::Random& random_;
  base::Instant grid_{};
};

}  // namespace hapair::check
