// The status document as JSON, indented for people and with its fields in a fixed order. Field
// names are an interface: docs/api.md describes them, a golden test holds them.
#pragma once

#include <string>

#include "apps/hapair/control/status_model.hpp"

namespace hapair::control {

/// GET /v1/status.
[[nodiscard]] std::string render_status(const Status& status);
/// GET /v1/health: how many targets are in each state, and the targets.
[[nodiscard]] std::string render_health(const Status& status);
/// GET /v1/version.
[[nodiscard]] std::string render_version(const Status& status);

}  // namespace hapair::control
