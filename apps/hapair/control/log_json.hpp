// The document of GET /v1/log: where records and access lines go, and what of them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/control/status_model.hpp"

namespace hapair::control {

/// A target as the status has it too.
[[nodiscard]] nlohmann::ordered_json log_json(const LogStatus& log);

[[nodiscard]] std::string render_log(std::string_view node, const std::vector<LogStatus>& logs);

}  // namespace hapair::control
