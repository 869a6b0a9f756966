// The part of the model that says what becomes of servers by what their traffic shows.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "common/base/time.hpp"
#include "libcheck/core/target.hpp"

namespace hapair::config {

/// Which errors of a server's traffic count, named as in HAProxy.
enum class Observe : std::uint8_t { kOff, kLayer4, kLayer7 };

/// What follows once there are too many in a row.
using check::OnError;

/// What becomes of a server's sessions when it is marked down.
enum class OnMarkedDown : std::uint8_t { kNothing, kCloseSessions };

/// When a server does much worse than its siblings, and what follows.
struct OutlierRules {
  base::Duration window = std::chrono::seconds(10);         ///< 100ms to 1h
  std::uint32_t min_requests = 20;                          ///< 1 to 1000000 in a window
  std::uint16_t error_share = 50;                           ///< 1 to 100 %
  std::uint16_t latency_factor = 0;                         ///< 0, or 2 to 100 times the middle one
  base::Duration ejection_time = std::chrono::seconds(30);  ///< 100ms to 1h, the first time
  base::Duration max_ejection_time = std::chrono::minutes(5);  ///< up to 1d
  base::Duration return_time = std::chrono::seconds(30);       ///< 0s to 1h
  std::uint16_t max_ejected = 50;                              ///< 1 to 99 % of the servers

  bool operator==(const OutlierRules&) const = default;
};

struct TrafficHealth {
  Observe observe = Observe::kOff;
  std::uint32_t error_limit = 10;  ///< 1 to 1000 errors in a row
  OnError on_error = OnError::kFailCheck;
  OnMarkedDown on_marked_down = OnMarkedDown::kNothing;
  base::Duration slow_start{0};           ///< 0s to 1h
  std::uint16_t panic_threshold = 0;      ///< 0 to 100 % of the servers that are up; 0: no panic
  std::optional<OutlierRules> outlier{};  ///< absent: servers are not compared

  bool operator==(const TrafficHealth&) const = default;
};

}  // namespace hapair::config
