// Ranges that keys of several sections have.
#pragma once

#include <chrono>

#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

inline constexpr CountRule kUpTo16{0, 16};
inline constexpr CountRule kOneTo16{1, 16};
inline constexpr NumberRule kPort{1, 65535, ""};
inline constexpr NumberRule kConnections{1, 1'000'000, ""};
inline constexpr DurationRule kTimeout{std::chrono::milliseconds(1), std::chrono::hours(1)};

}  // namespace hapair::config
