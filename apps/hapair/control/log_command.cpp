#include "apps/hapair/control/log_command.hpp"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/talk.hpp"
#include "apps/hapair/control/text_table.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

/// What the order says, as POST /v1/log takes it.
Json log_body(const LogCommand& command) {
  Json body = Json::object();
  if (const auto index = base::parse_unsigned(command.target)) {
    body["target"] = *index;
  } else {
    body["target"] = command.target;
  }
  if (command.order == "on" || command.order == "off") {
    body["enabled"] = command.order == "on";
  } else {
    body["level"] = command.order;
  }
  return body;
}

std::string level_words(const Json& target) {
  const std::string now = text_at(target, {"level"});
  const std::string configured = text_at(target, {"configured_level"});
  if (now.empty()) return "-";
  return now == configured ? now : base::concat(now, " (", configured, " by the file)");
}

bool is_off(const Json& target) {
  const Json* enabled = value_at(target, {"enabled"});
  return enabled != nullptr && enabled->is_boolean() && !enabled->get<bool>();
}

void show_targets(const Json& answer, std::ostream& out) {
  TextTable table({{"INDEX", Align::kRight},
                   {"TARGET"},
                   {"WHAT"},
                   {"LEVEL"},
                   {"STATE"},
                   {"WRITTEN", Align::kRight},
                   {"HELD BACK", Align::kRight},
                   {"DROPPED", Align::kRight}});
  for (const Json& target : list_at(answer, {"targets"})) {
    const std::string fault = text_at(target, {"fault"});
    std::string state = is_off(target) ? "off" : "on";
    if (!fault.empty()) state += base::concat(": ", base::printable(fault, 80));
    table.add_row({{number_text(value_at(target, {"index"}))},
                   {base::printable(text_at(target, {"target"}), 140)},
                   {text_at(target, {"what"})},
                   {level_words(target)},
                   {std::move(state)},
                   {number_text(value_at(target, {"written"}))},
                   {number_text(value_at(target, {"held_back"}))},
                   {number_text(value_at(target, {"dropped"}))}});
  }
  out << table.render(false);
}

}  // namespace

int run_log(const LogCommand& command, std::ostream& out, std::ostream& err) {
  const auto answer =
      talk({.command = "log",
            .socket = command.socket,
            .path = "/v1/log",
            .body = command.target.empty() ? std::string() : log_body(command).dump()},
           err);
  if (!answer) return answer.error();
  if (command.json) {
    out << answer->dump(2) << '\n';
  } else {
    show_targets(*answer, out);
  }
  return cli::kExitOk;
}

}  // namespace hapair::control
