// `hapair status`: fetches the status document from the control socket and shows it.
#pragma once

#include <iosfwd>
#include <string>

namespace hapair::control {

struct StatusCommand {
  std::string socket;    ///< path of the control socket
  bool json = false;     ///< the document itself instead of tables
  bool colours = false;  ///< the output is a terminal and NO_COLOR is not set
};

/// Returns the exit code; what went wrong, and what to do about it, goes to `err`.
[[nodiscard]] int run_status(const StatusCommand& command, std::ostream& out, std::ostream& err);

}  // namespace hapair::control
