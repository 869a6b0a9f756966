// "hapair errors": the last malformed request of each frontend and response of each backend, for
// people, as HAProxy's "show errors" shows them.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "apps/hapair/control/ask_command.hpp"

namespace hapair::control {

/// The document of GET /v1/errors as text; it takes any document, and nothing in it reaches a
/// terminal unescaped.
[[nodiscard]] std::string render_errors_text(const nlohmann::ordered_json& document);

/// Returns the exit code.
[[nodiscard]] int run_errors(const AskCommand& command, std::ostream& out, std::ostream& err);

}  // namespace hapair::control
