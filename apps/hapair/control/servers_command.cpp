#include "apps/hapair/control/servers_command.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>
#include <utility>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/cli/figures.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/state_tone.hpp"
#include "apps/hapair/control/talk.hpp"
#include "apps/hapair/control/text_table.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;
using base::concat;
using cli::short_number;
using cli::short_time;

/// What it has now, and of how much where that is less or more.
std::string weight_of(const Json& server) {
  const auto own = figure_at(server, {"weight"});
  const auto now = figure_at(server, {"weight_now"});
  if (!now || now == own) return short_number(own);
  return concat(short_number(now), " of ", short_number(own));
}

/// "L7OK/200 in 1.2 ms at 22:13:19".
std::string check_of(const Json& server) {
  const Json& checks = list_at(server, {"target", "last_checks"});
  if (checks.empty()) return cli::or_none(text_at(server, {"check", "code"}));
  const Json& last = checks.front();
  std::string out = text_at(last, {"code"});
  if (const auto status = figure_at(last, {"status"})) out += concat("/", std::llround(*status));
  if (const auto took = figure_at(last, {"duration_ms"})) {
    out += concat(" in ", cli::milliseconds(took));
  }
  const std::string clock = cli::clock_of(text_at(last, {"time"}));
  if (!clock.empty()) out += concat(" at ", clock);
  return out;
}

double errors_of(const Json& server) {
  return figure_at(server, {"errors", "connect"}).value_or(0) +
         figure_at(server, {"errors", "response"}).value_or(0);
}

}  // namespace

Json list_servers(const Json& status, const std::string& backend) {
  const auto targets = by_name(list_at(status, {"targets"}));
  Json servers = Json::array();
  bool known = backend.empty();
  for (const Json& each : list_at(status, {"backends"})) {
    const std::string name = text_at(each, {"name"});
    if (!backend.empty() && name != backend) continue;
    known = true;
    for (const Json& server : list_at(each, {"servers"})) {
      if (!server.is_object()) continue;
      Json row = {{"backend", name}};
      row.update(server);
      const auto target = targets.find(concat(name, "/", text_at(server, {"name"})));
      row["target"] = target == targets.end() ? Json(nullptr) : *target->second;
      servers.push_back(std::move(row));
    }
  }
  return known ? servers : Json(nullptr);
}

std::string render_servers(const Json& servers, bool colours) {
  TextTable table({{"SERVER"},
                   {"STATE"},
                   {"SINCE", Align::kRight},
                   {"WEIGHT", Align::kRight},
                   {"SESSIONS", Align::kRight},
                   {"PER SECOND", Align::kRight},
                   {"TOTAL", Align::kRight},
                   {"IN", Align::kRight},
                   {"OUT", Align::kRight},
                   {"ERRORS", Align::kRight},
                   {"LAST CHECK"},
                   {"WHY"}});
  for (const Json& server : servers) {
    const std::string state = cli::or_none(text_at(server, {"status"}));
    const double errors = errors_of(server);
    table.add_row({{concat(text_at(server, {"backend"}), "/", text_at(server, {"name"}))},
                   {state, tone_of(state)},
                   {short_time(figure_at(server, {"since_seconds"}))},
                   {weight_of(server)},
                   {short_number(figure_at(server, {"sessions", "current"}))},
                   {short_number(figure_at(server, {"sessions", "per_second"}))},
                   {short_number(figure_at(server, {"sessions", "total"}))},
                   {short_number(figure_at(server, {"bytes", "in"}))},
                   {short_number(figure_at(server, {"bytes", "out"}))},
                   {short_number(errors), errors > 0 ? Tone::kWarning : Tone::kPlain},
                   {check_of(server)},
                   {cli::or_none(text_at(server, {"target", "reason"}))}});
  }
  return table.empty() ? "There is no server.\n" : table.render(colours);
}

int run_servers(const ServersCommand& command, std::ostream& out, std::ostream& err) {
  const auto status =
      talk({.command = "servers", .socket = command.socket, .path = "/v1/status", .body = {}}, err);
  if (!status) return status.error();
  Json servers = list_servers(*status, command.backend);
  if (servers.is_null()) {
    err << "hapair servers: there is no backend '" << base::printable(command.backend, 140)
        << "'; see 'hapair servers' for the names\n";
    return cli::kExitFailed;
  }
  if (command.json) {
    out << Json{{"node", text_at(*status, {"node"})},
                {"time", text_at(*status, {"time"})},
                {"servers", std::move(servers)}}
               .dump(2)
        << '\n';
  } else {
    out << render_servers(servers, command.colours);
  }
  return cli::kExitOk;
}

}  // namespace hapair::control
