// Reloads and the running configuration as JSON documents.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "apps/hapair/control/status_model.hpp"

namespace hapair::control {

/// As it stands in the status: without what has changed.
[[nodiscard]] nlohmann::ordered_json reload_json(const ReloadStatus& reload);

/// GET /v1/reload. `pid`: of the worker; numbers begin anew with each.
[[nodiscard]] std::string render_reload(const ReloadStatus& reload, int pid);

/// GET /v1/config/check.
[[nodiscard]] std::string render_check(const Status& status);
/// GET /v1/config. `hidden`: secrets have been taken out of the text.
[[nodiscard]] std::string render_config(std::string_view node, std::string_view hash,
                                        std::string_view text, bool hidden);

}  // namespace hapair::control
