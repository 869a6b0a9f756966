// The document of GET /v1/errors: the last malformed request of each frontend and response of each
// backend. docs/api.md describes its fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.hpp"
#include "liblb/core/malformed.hpp"

namespace hapair::control {

[[nodiscard]] std::string render_errors(std::string_view node, base::WallTime now,
                                        const std::vector<lb::MalformedView>& errors);

}  // namespace hapair::control
