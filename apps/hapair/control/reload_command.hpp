// `hapair reload`, and what `hapair diff` asks the running node.
#pragma once

#include <expected>
#include <iosfwd>
#include <string>

namespace hapair::control {

struct ReloadCommand {
  std::string socket;  ///< path of the control socket
  bool json = false;
};

/// Waits for the end. The exit code: 0 done, 3 refused, 4 the socket is out of reach.
[[nodiscard]] int run_reload(const ReloadCommand& command, std::ostream& out, std::ostream& err);

struct RunningConfig {
  std::string node;
  std::string text;
  bool hidden = false;  ///< secrets have been taken out
};

/// Else the exit code; `err` has been told.
[[nodiscard]] std::expected<RunningConfig, int> ask_for_config(const std::string& socket,
                                                               std::ostream& err);

}  // namespace hapair::control
