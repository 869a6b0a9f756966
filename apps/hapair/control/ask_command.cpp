#include "apps/hapair/control/ask_command.hpp"

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/talk.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;
using Json = nlohmann::ordered_json;

/// How often a follower asks for what is new.
constexpr auto kFollowPause = std::chrono::milliseconds(250);
constexpr std::size_t kLongestText = 4000;

/// A text of the answer, fit for a terminal; empty where there is none.
std::string text(const Json& object, const char* key) {
  return base::printable(text_at(object, {key}), kLongestText);
}

int tell(std::string_view verb, const AskCommand& command, std::ostream& out, std::ostream& err) {
  std::string path = concat("/v1/", verb);
  if (!command.vip.empty()) path += concat("/", command.vip);
  const auto answer =
      talk({.command = verb, .socket = command.socket, .path = path, .body = {}}, err);
  if (!answer) return answer.error();
  if (command.json) {
    out << answer->dump(2) << '\n';
    return cli::kExitOk;
  }
  bool first = true;
  for (const Json& vip : list_at(*answer, {"vips"})) {
    if (!first) out << '\n';
    first = false;
    out << text(vip, "name") << ":\n";
    for (const Json& sentence : list_at(vip, {"sentences"})) {
      if (!sentence.is_string()) continue;
      out << "  " << base::printable(text_at(sentence, {}), kLongestText) << '\n';
    }
  }
  if (first) out << "This node has no VIPs.\n";
  return cli::kExitOk;
}

std::string event_line(const Json& event) {
  std::string line = concat(text(event, "time"), " #", event.value("number", std::uint64_t{0}), " ",
                            text(event, "id"), " ", text(event, "subject"), ":");
  const std::string from = text(event, "from");
  const std::string to = text(event, "to");
  if (!from.empty() || !to.empty()) line += concat(" ", from, from.empty() ? "" : " -> ", to);
  const std::string cause = text(event, "cause");
  if (!cause.empty()) line += concat(from.empty() && to.empty() ? " " : ": ", cause);
  if (event.contains("caused_by") && event["caused_by"].is_number_unsigned()) {
    line += concat(" (because of #", event["caused_by"].get<std::uint64_t>(), ")");
  }
  return line;
}

}  // namespace

int run_explain(const AskCommand& command, std::ostream& out, std::ostream& err) {
  return tell("explain", command, out, err);
}

int run_why_not(const AskCommand& command, std::ostream& out, std::ostream& err) {
  return tell("why-not", command, out, err);
}

int run_events(const AskCommand& command, std::ostream& out, std::ostream& err) {
  std::uint64_t after = 0;
  do {
    const auto answer = talk({.command = "events",
                              .socket = command.socket,
                              .path = concat("/v1/events/", after),
                              .body = {}},
                             err);
    if (!answer) return answer.error();
    for (const Json& event : list_at(*answer, {"events"})) {
      out << (command.json ? event.dump() : event_line(event)) << '\n';
      after = event.value("number", after);
    }
    out.flush();
    if (command.follow) std::this_thread::sleep_for(kFollowPause);
  } while (command.follow && out.good());
  return cli::kExitOk;
}

int run_maintenance(const AskCommand& command, std::ostream& out, std::ostream& err) {
  const std::string path = command.vip.empty() ? std::string("/v1/maintenance")
                                               : concat("/v1/vips/", command.vip, "/maintenance");
  const auto answer = talk({.command = "maintenance",
                            .socket = command.socket,
                            .path = path,
                            .body = Json{{"maintenance", command.order}}.dump()},
                           err);
  if (!answer) return answer.error();
  if (command.json) {
    out << answer->dump(2) << '\n';
    return cli::kExitOk;
  }
  out << "maintenance " << command.order << " for "
      << (command.vip.empty() ? "all VIPs of this node" : command.vip) << '\n';
  return cli::kExitOk;
}

}  // namespace hapair::control
