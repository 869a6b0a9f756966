// `hapair servers`: how every server of the backends is, or those of one.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hapair::control {

struct ServersCommand {
  std::string socket;    ///< path of the control socket
  std::string backend;   ///< empty: of all
  bool json = false;     ///< a document instead of a table
  bool colours = false;  ///< of the table
};

/// Returns the exit code; what went wrong goes to `err`.
[[nodiscard]] int run_servers(const ServersCommand& command, std::ostream& out, std::ostream& err);

/// Each server with its backend and what the health registry says of it, from a status; null where
/// there is no such backend.
[[nodiscard]] nlohmann::ordered_json list_servers(const nlohmann::ordered_json& status,
                                                  const std::string& backend);
[[nodiscard]] std::string render_servers(const nlohmann::ordered_json& servers, bool colours);

}  // namespace hapair::control
