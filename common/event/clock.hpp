// The only place that reads a clock.
#pragma once

#include "common/base/time.hpp"

namespace hapair::event {

/// CLOCK_MONOTONIC.
[[nodiscard]] base::Instant now();

/// CLOCK_REALTIME, for logs and status.
[[nodiscard]] base::WallTime wall_now();

}  // namespace hapair::event
