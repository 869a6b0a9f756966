// `hapair log`: where records and access lines go, and an operator's word on how much of them.
#pragma once

#include <iosfwd>
#include <string>

namespace hapair::control {

struct LogCommand {
  std::string socket;  ///< path of the control socket
  std::string target;  ///< index or name; empty: all are listed
  std::string order;   ///< a level, "on" or "off"
  bool json = false;   ///< the answer as it came
};

/// Returns the exit code; what went wrong goes to `err`.
[[nodiscard]] int run_log(const LogCommand& command, std::ostream& out, std::ostream& err);

}  // namespace hapair::control
