#include "apps/hapair/control/ask_command.hpp"

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/control/follow_client.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/talk.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::control {
namespace {

using base::concat;
using Json = nlohmann::ordered_json;

/// A follower whose stream ends tries so often, and so long, to go on: a new worker may come.
constexpr base::Duration kReturnPause = std::chrono::milliseconds(250);
constexpr base::Duration kReturnTime = std::chrono::seconds(10);
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

/// Until nobody reads any more, or the node is gone for longer than a worker takes to come back.
int follow_events(const AskCommand& command, std::uint64_t after, std::ostream& out,
                  std::ostream& err) {
  base::Instant heard = event::now();
  const auto on_line = [&](std::string_view line) {
    heard = event::now();
    const Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!event.is_object()) return true;
    if (command.json) {
      out << line << '\n';
    } else if (event.contains("lost")) {
      out << "(" << event.value("lost", std::uint64_t{0}) << " events are missing here)\n";
    } else {
      out << event_line(event) << '\n';
    }
    after = event.value("number", after);
    out.flush();
    return out.good();
  };
  for (;;) {
    const base::Instant began = event::now();
    const auto done = follow(command.socket, concat("/v1/events/follow/", after), on_line);
    if (done) return cli::kExitOk;
    // A stream that had stood was well until it ended.
    if (event::now() - began > kReturnPause) heard = event::now();
    if (event::now() - heard > kReturnTime) {
      err << "hapair events: " << command.socket << ": " << done.error().message << '\n';
      return done.error().os_errno != 0 ? cli::kExitAccess : cli::kExitFailed;
    }
    std::this_thread::sleep_for(kReturnPause);
  }
}

/// An order about the VIP that is named, or about all.
std::string path_for_vips(const AskCommand& command, std::string_view order) {
  return command.vip.empty() ? concat("/v1/", order) : concat("/v1/vips/", command.vip, "/", order);
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
  const auto answer =
      talk({.command = "events", .socket = command.socket, .path = "/v1/events", .body = {}}, err);
  if (!answer) return answer.error();
  for (const Json& event : list_at(*answer, {"events"})) {
    out << (command.json ? event.dump() : event_line(event)) << '\n';
    after = event.value("number", after);
  }
  out.flush();
  return command.follow ? follow_events(command, after, out, err) : cli::kExitOk;
}

int run_server(const AskCommand& command, std::ostream& out, std::ostream& err) {
  return give_order({.command = command.verb,
                     .socket = command.socket,
                     .path = concat("/v1/servers/", command.server, "/state"),
                     .body = Json{{"state", command.order}}.dump()},
                    command.json, concat(command.order, " for ", command.server), out, err);
}

int run_maintenance(const AskCommand& command, std::ostream& out, std::ostream& err) {
  const std::string of = command.vip.empty() ? "all VIPs of this node" : command.vip;
  return give_order({.command = "maintenance",
                     .socket = command.socket,
                     .path = path_for_vips(command, "maintenance"),
                     .body = Json{{"maintenance", command.order}}.dump()},
                    command.json, concat("maintenance ", command.order, " for ", of), out, err);
}

int run_step_down(const AskCommand& command, std::ostream& out, std::ostream& err) {
  const auto answer = talk({.command = "step-down",
                            .socket = command.socket,
                            .path = path_for_vips(command, "step-down"),
                            .body = Json{{"step_down", command.drain ? "drain" : "now"}}.dump()},
                           err);
  if (!answer) return answer.error();
  if (command.json) {
    out << answer->dump(2) << '\n';
    return cli::kExitOk;
  }
  for (const Json& vip : list_at(*answer, {"vips"})) {
    out << "stepping down from " << vip.get<std::string>();
    if (command.drain) out << ", when running requests are finished";
    out << '\n';
  }
  return cli::kExitOk;
}

}  // namespace hapair::control
