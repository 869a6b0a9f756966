// The status document as tables for people: who is master of what and why, which servers are up,
// what the frontends do.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hapair::control {

/// Fields that are missing show as "-": an older or newer node can be looked at too.
[[nodiscard]] std::string render_status_tables(const nlohmann::ordered_json& status, bool colours);

}  // namespace hapair::control
