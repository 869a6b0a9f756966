// `hapair explain`, `why-not`, `events`, `maintenance`, `step-down` and `server`: one question or
// order to the running node, and its answer in words.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

namespace hapair::control {

struct AskCommand {
  std::string_view verb = "server";  ///< of several that order servers, for messages
  std::string socket;                ///< path of the control socket
  std::string vip;      ///< what is asked or ordered is about this VIP only; empty: about all
  std::string server;   ///< server: "BACKEND/SERVER"
  std::string order;    ///< maintenance: "on", "off"; server: "drain", "ready", ...
  bool json = false;    ///< the answer as it came
  bool follow = false;  ///< events: go on with what comes, until the reader has enough
  bool drain = false;   ///< step-down: running requests are finished first
};

// Each returns the exit code; what went wrong goes to `err`.
[[nodiscard]] int run_explain(const AskCommand& command, std::ostream& out, std::ostream& err);
[[nodiscard]] int run_why_not(const AskCommand& command, std::ostream& out, std::ostream& err);
[[nodiscard]] int run_events(const AskCommand& command, std::ostream& out, std::ostream& err);
[[nodiscard]] int run_maintenance(const AskCommand& command, std::ostream& out, std::ostream& err);
[[nodiscard]] int run_step_down(const AskCommand& command, std::ostream& out, std::ostream& err);
[[nodiscard]] int run_server(const AskCommand& command, std::ostream& out, std::ostream& err);

}  // namespace hapair::control
