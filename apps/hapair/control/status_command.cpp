#include "apps/hapair/control/status_command.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/control/status_table.hpp"
#include "apps/hapair/control/talk.hpp"

namespace hapair::control {

int run_status(const StatusCommand& command, std::ostream& out, std::ostream& err) {
  const auto status =
      talk({.command = "status", .socket = command.socket, .path = "/v1/status", .body = {}}, err);
  if (!status) return status.error();
  out << (command.json ? status->dump(2) + '\n' : render_status_tables(*status, command.colours));
  return cli::kExitOk;
}

}  // namespace hapair::control
