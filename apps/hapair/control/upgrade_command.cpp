#include "apps/hapair/control/upgrade_command.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <thread>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/control/client.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/talk.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kUpgradeEndpoint = "/v1/upgrade";
/// More than a supervisor gives its successor.
constexpr base::Duration kPatience = std::chrono::seconds(30);
constexpr base::Duration kPause = std::chrono::milliseconds(100);
constexpr std::size_t kLongestReason = 4000;

}  // namespace

int run_upgrade(const AskCommand& command, std::ostream& out, std::ostream& err) {
  const auto ordered = talk({.command = "upgrade",
                             .socket = command.socket,
                             .path = kUpgradeEndpoint,
                             .body = {},
                             .method = "POST"},
                            err);
  if (!ordered) return ordered.error();
  const base::Instant give_up = event::now() + kPatience;
  while (event::now() < give_up) {
    std::this_thread::sleep_for(kPause);
    // In between nobody may answer for a moment.
    const auto answer = ask(command.socket, "GET", kUpgradeEndpoint, "");
    if (!answer || answer->status != 200) continue;
    const Json state = Json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
    const std::string phase = text_at(state, {"upgrade"});
    if (phase == "under way") continue;
    if (phase != "done") {
      err << "hapair upgrade: "
          << base::printable(
                 phase == "failed" ? text_at(state, {"why"}) : "hapair was started anew meanwhile",
                 kLongestReason)
          << '\n';
      return cli::kExitFailed;
    }
    out << (command.json ? state.dump(2) : "the program that is on disk now serves") << '\n';
    return cli::kExitOk;
  }
  err << "hapair upgrade: it is not known what became of it; see `hapair events`\n";
  return cli::kExitFailed;
}

}  // namespace hapair::control
