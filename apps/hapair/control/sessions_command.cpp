#include "apps/hapair/control/sessions_command.hpp"

#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/cli/figures.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/talk.hpp"
#include "apps/hapair/control/text_table.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;
using base::concat;
using cli::short_number;
using cli::short_time;

std::string server_of(const Json& session) {
  const std::string backend = text_at(session, {"backend"});
  const std::string server = text_at(session, {"server"});
  return server.empty() ? cli::or_none(backend) : concat(backend, "/", server);
}

std::string request_of(const Json& session) {
  std::string out = text_at(session, {"method"});
  if (out.empty()) return std::string(cli::kNoFigure);
  out += concat(" ", text_at(session, {"path"}));
  const std::uint64_t requests = number_at(session, {"requests"});
  if (requests > 1) out += concat(" and ", requests - 1, " more");
  return out;
}

std::string path_of(const SessionsCommand& command) {
  std::string path = "/v1/sessions";
  if (!command.session.empty()) path += concat("/", command.session);
  if (!command.frontend.empty()) path += concat("/frontend/", command.frontend);
  if (!command.client.empty()) path += concat("/client/", command.client);
  if (!command.server.empty()) path += concat("/server/", command.server);
  return path;
}

}  // namespace

std::string render_sessions_text(const Json& document) {
  TextTable table({{"ID"},
                   {"CLIENT"},
                   {"FRONTEND"},
                   {"SERVER"},
                   {"PROTOCOL"},
                   {"STATE"},
                   {"AGE", Align::kRight},
                   {"IDLE", Align::kRight},
                   {"IN", Align::kRight},
                   {"OUT", Align::kRight},
                   {"REQUEST"}});
  const Json& sessions = list_at(document, {"sessions"});
  for (const Json& session : sessions) {
    const std::string protocol = cli::or_none(text_at(session, {"protocol"}));
    table.add_row({{text_at(session, {"id"})},
                   {text_at(session, {"client"})},
                   {text_at(session, {"frontend"})},
                   {server_of(session)},
                   {flag_at(session, {"tls"}) ? concat(protocol, " tls") : protocol},
                   {text_at(session, {"state"})},
                   {short_time(figure_at(session, {"age_seconds"}))},
                   {short_time(figure_at(session, {"idle_seconds"}))},
                   {short_number(figure_at(session, {"bytes", "in"}))},
                   {short_number(figure_at(session, {"bytes", "out"}))},
                   {request_of(session)}});
  }
  if (table.empty()) return "There is no such session.\n";
  std::string out = table.render(false);
  const std::uint64_t matching = number_at(document, {"matching"});
  if (matching > sessions.size()) {
    out += concat("and ", matching - sessions.size(),
                  " more that are younger: name a frontend, client or server to see fewer\n");
  }
  return out;
}

int run_sessions(const SessionsCommand& command, std::ostream& out, std::ostream& err) {
  const auto answer = talk({.command = "sessions",
                            .socket = command.socket,
                            .path = path_of(command),
                            .body = {},
                            .method = command.close ? "DELETE" : "GET"},
                           err);
  if (!answer) return answer.error();
  if (command.json) {
    out << answer->dump(2) << '\n';
  } else if (command.close) {
    const std::uint64_t closed = number_at(*answer, {"closed"});
    out << "closed " << closed << (closed == 1 ? " session\n" : " sessions\n");
  } else {
    out << render_sessions_text(*answer);
  }
  return cli::kExitOk;
}

}  // namespace hapair::control
