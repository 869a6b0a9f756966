// The bodies of orders about servers: weights, and servers that are added.
#pragma once

#include <string_view>

#include "apps/hapair/control/actions.hpp"
#include "common/base/result.hpp"

namespace hapair::control {

inline constexpr unsigned kMaxWeight = 256;
/// From a weight of 1 to the highest.
inline constexpr unsigned kMaxWeightPercent = kMaxWeight * 100;

/// {"weight": 30}, or {"weight": "50%"}.
[[nodiscard]] base::Result<WeightOrder> parse_weight_order(std::string_view body);
/// {"address": "192.0.2.1:80"}, and with it perhaps "weight", a number.
[[nodiscard]] base::Result<NewServer> parse_new_server(std::string_view body);

}  // namespace hapair::control
