// `hapair sessions`: client connections and what they are doing, and an operator's word to close
// some.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hapair::control {

struct SessionsCommand {
  std::string socket;    ///< path of the control socket
  bool close = false;    ///< those that are meant, in place of listing them
  std::string session;   ///< close: the id of one
  std::string frontend;  ///< of the last four one at most is not empty
  std::string client;    ///< an address
  std::string server;    ///< "BACKEND/SERVER"
  bool json = false;     ///< the answer as it came
};

/// Returns the exit code; what went wrong goes to `err`.
[[nodiscard]] int run_sessions(const SessionsCommand& command, std::ostream& out,
                               std::ostream& err);

/// A table, and a line about those that it has no room for.
[[nodiscard]] std::string render_sessions_text(const nlohmann::ordered_json& document);

}  // namespace hapair::control
