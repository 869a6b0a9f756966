// `hapair weight`, `add`, `remove` and `announce`: what is changed while the node runs, and not in
// its file.
#pragma once

#include <iosfwd>
#include <string>

namespace hapair::control {

struct RunTimeCommand {
  std::string socket;   ///< path of the control socket
  std::string server;   ///< "BACKEND/SERVER"
  std::string weight;   ///< "30" or "50%"; add: a number, or empty for the usual one
  std::string address;  ///< add: "192.0.2.1:80"
  std::string vip;      ///< announce
  bool json = false;    ///< the answer as it came
};

// Each returns the exit code; what went wrong goes to `err`.
[[nodiscard]] int run_weight(const RunTimeCommand& command, std::ostream& out, std::ostream& err);
[[nodiscard]] int run_add(const RunTimeCommand& command, std::ostream& out, std::ostream& err);
[[nodiscard]] int run_remove(const RunTimeCommand& command, std::ostream& out, std::ostream& err);
[[nodiscard]] int run_announce(const RunTimeCommand& command, std::ostream& out, std::ostream& err);

}  // namespace hapair::control
