#include "apps/hapair/control/reload_command.hpp"

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <sstream>
#include <thread>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/talk.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

constexpr base::Duration kLook = std::chrono::milliseconds(50);
/// Over the restart of a worker, which may come of what is reloaded.
constexpr base::Duration kAwayLimit = std::chrono::seconds(15);
/// The guardian waits no longer for the reader.
constexpr base::Duration kReloadLimit = std::chrono::seconds(90);
constexpr std::size_t kLongestChange = 4000;

Question question(const ReloadCommand& command, std::string_view method) {
  return {.command = "reload",
          .socket = command.socket,
          .path = "/v1/reload",
          .body = method == "POST" ? "{}" : "",
          .method = method};
}

/// The document once that reload has ended; else the exit code.
std::expected<Json, int> wait_for(const ReloadCommand& command, std::uint64_t number,
                                  std::uint64_t pid, std::ostream& err) {
  const base::Instant began = event::now();
  base::Instant heard = began;
  while (true) {
    std::ostringstream quiet;
    auto answer = talk(question(command, "GET"), quiet);
    const base::Instant now = event::now();
    if (answer) {
      heard = now;
      const bool same_worker = number_at(*answer, {"pid"}) == pid;
      const bool ended = !flag_at(*answer, {"running"}) &&
                         (!same_worker || number_at(*answer, {"number"}) >= number);
      if (ended) return answer;
    } else if (now - heard > kAwayLimit) {
      err << quiet.str();
      return std::unexpected(answer.error());
    }
    if (now - began > kReloadLimit) {
      err << "hapair reload: it is still under way; see hapair status\n";
      return std::unexpected(cli::kExitFailed);
    }
    std::this_thread::sleep_for(kLook);
  }
}

void show(const Json& document, std::ostream& out, std::ostream& err) {
  if (!flag_at(document, {"good"})) {
    err << "hapair reload: refused; nothing has changed\n";
    for (const Json& fault : list_at(document, {"faults"})) {
      err << base::printable(text_at(fault, {}), kLongestChange) << '\n';
    }
    return;
  }
  const Json& changes = list_at(document, {"changes"});
  if (changes.empty()) out << "reloaded; nothing has changed\n";
  for (const Json& change : changes) {
    out << base::printable(text_at(change, {"subject"}), kLongestChange) << ": "
        << base::printable(text_at(change, {"text"}), kLongestChange);
    const std::string effect = base::printable(text_at(change, {"effect"}), kLongestChange);
    if (!effect.empty()) out << " (" << effect << ')';
    out << '\n';
  }
}

}  // namespace

int run_reload(const ReloadCommand& command, std::ostream& out, std::ostream& err) {
  const auto before = talk(question(command, "GET"), err);
  if (!before) return before.error();
  const auto ordered = talk(question(command, "POST"), err);
  if (!ordered) return ordered.error();
  const auto ended =
      wait_for(command, number_at(*ordered, {"number"}), number_at(*before, {"pid"}), err);
  if (!ended) return ended.error();
  if (command.json) {
    out << ended->dump(2) << '\n';
  } else {
    show(*ended, out, err);
  }
  return flag_at(*ended, {"good"}) ? cli::kExitOk : cli::kExitConfig;
}

std::expected<RunningConfig, int> ask_for_config(const std::string& socket, std::ostream& err) {
  const auto answer =
      talk({.command = "diff", .socket = socket, .path = "/v1/config", .body = {}}, err);
  if (!answer) return std::unexpected(answer.error());
  return RunningConfig{.node = text_at(*answer, {"node"}),
                       .text = text_at(*answer, {"text"}),
                       .hidden = flag_at(*answer, {"hidden"})};
}

}  // namespace hapair::control
