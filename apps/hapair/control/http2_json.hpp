// The document of GET /v1/http2: what the frontends count of clients that speak HTTP/2. docs/api.md
// describes its fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.hpp"
#include "liblb/core/h2_counters.hpp"

namespace hapair::control {

[[nodiscard]] std::string render_http2(std::string_view node, base::WallTime now,
                                       const std::vector<lb::H2View>& views);

}  // namespace hapair::control
