// The document of GET /v1/latency: distributions of times by frontend and backend. docs/api.md
// describes its fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.hpp"
#include "liblb/core/latency.hpp"

namespace hapair::control {

[[nodiscard]] std::string render_latency(std::string_view node, base::WallTime now,
                                         const std::vector<lb::LatencyView>& proxies);

}  // namespace hapair::control
