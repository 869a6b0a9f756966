#include "apps/hapair/control/status_command.hpp"

#include <cerrno>
#include <nlohmann/json.hpp>
#include <ostream>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/control/client.hpp"
#include "apps/hapair/control/status_table.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;

/// What a person can do about a control socket that is out of reach.
std::string explain_unreachable(const std::string& socket, const base::Error& error) {
  switch (error.os_errno) {
    case ENOENT:
    case ENOTDIR:
      return concat("there is no ", socket,
                    ": is hapair running on this host? Start it with 'systemctl start hapair', or "
                    "name its socket with --socket or its directory with --runtime-dir");
    case ECONNREFUSED:
      return concat("nobody answers on ", socket,
                    ": hapair is not running; start it with 'systemctl start hapair'");
    case EACCES:
    case EPERM:
      return concat("no permission to use ", socket,
                    ": use root, or add the user to the socket's group with 'usermod -aG hapair "
                    "USER' and log in anew");
    case EAGAIN:
    case ETIMEDOUT:
      return concat("no answer on ", socket, " within ", base::format_duration(kClientTimeout),
                    ": look at the log of hapair, it may be overloaded or stopped");
    case EPIPE:
    case ECONNRESET:
      return concat("the connection to ", socket,
                    " was closed without an answer: hapair is starting anew, or too many "
                    "connections to it are open; try again, and look at its log");
    case ENAMETOOLONG:
      return error.message;
    default:
      return concat(socket, ": ", error.message);
  }
}

}  // namespace

int run_status(const StatusCommand& command, std::ostream& out, std::ostream& err) {
  const auto answer = get(command.socket, "/v1/status");
  if (!answer) {
    const bool unreachable = answer.error().os_errno != 0;
    err << "hapair status: " << explain_unreachable(command.socket, answer.error()) << '\n';
    return unreachable ? cli::kExitAccess : cli::kExitFailed;
  }
  const auto status =
      nlohmann::ordered_json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
  if (answer->status != 200 || !status.is_object()) {
    err << "hapair status: what answers on " << command.socket << " is not hapair's control server"
        << " (status " << answer->status << "): " << base::printable(answer->body) << '\n';
    return cli::kExitFailed;
  }
  out << (command.json ? status.dump(2) + '\n' : render_status_tables(status, command.colours));
  return cli::kExitOk;
}

}  // namespace hapair::control
