// `hapair tables`: what is counted and remembered of clients, and the operator's word on it.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace hapair::control {

struct TablesCommand {
  std::string socket;  ///< path of the control socket
  std::string action;  ///< "show", "set" or "clear"; empty: all tables are listed
  std::string table;
  std::string client;               ///< clear: empty for all of them
  std::vector<std::string> values;  ///< set: "requests=5", or the name of a server
  bool json = false;                ///< the answer as it came
};

/// Returns the exit code; what went wrong goes to `err`.
[[nodiscard]] int run_tables(const TablesCommand& command, std::ostream& out, std::ostream& err);

}  // namespace hapair::control
