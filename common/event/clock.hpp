// The only place that reads a clock.
#pragma once

#include "common/base/time.hpp"

namespace hapair::event {

/// CLOCK_BOOTTIME: a host that was suspended finds itself late when it wakes up, and must not take
/// the silence that it slept through for the death of its peers.
[[nodiscard]] base::Instant now();

/// CLOCK_REALTIME, for logs and status.
[[nodiscard]] base::WallTime wall_now();

/// CPU time of this process, all its threads together.
[[nodiscard]] base::Duration cpu_time();

}  // namespace hapair::event
