// Time as a value. Pure code takes an Instant as an argument; only common/event/clock.hpp reads a
// clock, so every decision can be tested in virtual time.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hapair::base {

using Duration = std::chrono::nanoseconds;

/// The time base of CLOCK_BOOTTIME. It has no now(): see the head of this file.
struct MonotonicClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock, Duration>;
  static constexpr bool is_steady = true;
};

using Instant = MonotonicClock::time_point;

/// CLOCK_REALTIME, for people and logs only; no decision is based on it.
using WallTime = std::chrono::sys_time<Duration>;

/// Nanoseconds since the clock's origin; the form that crosses process boundaries.
[[nodiscard]] constexpr std::int64_t to_ns(Instant instant) {
  return instant.time_since_epoch().count();
}

[[nodiscard]] constexpr Instant from_ns(std::int64_t ns) { return Instant(Duration(ns)); }

[[nodiscard]] constexpr double to_ms(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// Whole seconds; what is over is cut off.
[[nodiscard]] constexpr std::int64_t to_seconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

/// Parses "250ms", "2s", "1m", "1h", "40us". A number without a unit is an error, except "0".
/// Range: 0 to 10 years; at most nine digits.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// The shortest exact form that parse_duration reads back: "1500ms", "2s", "0s".
[[nodiscard]] std::string format_duration(Duration duration);

/// RFC 3339 in UTC with milliseconds: 2026-01-31T08:15:00.123Z.
[[nodiscard]] std::string format_wall_time(WallTime time);

}  // namespace hapair::base
