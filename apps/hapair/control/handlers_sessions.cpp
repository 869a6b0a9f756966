// Client connections: what they are doing, and their end.
#include <expected>
#include <memory>
#include <utility>

#include "apps/hapair/control/handlers.hpp"
#include "apps/hapair/control/sessions_document.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;

constexpr std::size_t kMaxShown = 64;
/// Which sessions are meant, or why there can be none.
using Meant = std::expected<lb::SessionFilter, ControlAnswer>;

Meant of_frontend(const Call& call) {
  lb::SessionFilter filter;
  filter.frontend = call.parameters[0];
  if (call.status.sessions().book.knows(filter)) return filter;
  return std::unexpected(error_answer(
      404, "unknown_frontend",
      concat("there is no frontend '", base::printable(call.parameters[0], kMaxShown), "'"),
      "see 'frontends' in /v1/status for the names"));
}

Meant of_client(const Call& call) {
  lb::SessionFilter filter;
  const auto address = base::IpAddress::parse(call.parameters[0]);
  if (!address) {
    return std::unexpected(error_answer(
        400, "bad_client",
        concat("'", base::printable(call.parameters[0], kMaxShown), "' is no address of a client"),
        "give an IPv4 or IPv6 address, without a port"));
  }
  filter.client = *address;
  return filter;
}

Meant of_server(const Call& call) {
  lb::SessionFilter filter;
  filter.backend = call.parameters[0];
  filter.server = call.parameters[1];
  if (call.status.sessions().book.knows(filter)) return filter;
  return std::unexpected(error_answer(404, "unknown_server",
                                      no_server(call.parameters[0], call.parameters[1]),
                                      "see 'backends' in /v1/status for the names"));
}

ControlAnswer show(const Call& call, Meant meant) {
  if (!meant) return std::move(meant.error());
  return in_pieces(std::make_unique<SessionsDocument>(call.status.sessions(), *std::move(meant)));
}

/// `which` in words, for the log.
ControlAnswer close(const Call& call, Meant meant, std::string_view which) {
  if (!meant) return std::move(meant.error());
  lb::SessionBook& book = call.actions.sessions_to_close(which, call.who());
  return in_pieces(std::make_unique<ClosedDocument>(book, *std::move(meant)));
}

}  // namespace

ControlAnswer show_sessions(const Call& call) { return show(call, lb::SessionFilter{}); }

ControlAnswer show_sessions_of_frontend(const Call& call) { return show(call, of_frontend(call)); }

ControlAnswer show_sessions_of_client(const Call& call) { return show(call, of_client(call)); }

ControlAnswer show_sessions_of_server(const Call& call) { return show(call, of_server(call)); }

ControlAnswer close_session(const Call& call) {
  const std::string_view name = call.parameters[0];
  const auto id = lb::SessionId::parse(name);
  const std::string shown = base::printable(name, kMaxShown);
  if (!id) {
    return error_answer(400, "bad_session", concat("'", shown, "' is no id of a session"),
                        "use an 'id' as GET /v1/sessions tells it, such as 12-3");
  }
  if (!call.status.sessions().book.view(*id)) {
    return error_answer(404, "unknown_session",
                        concat("there is no session '", shown, "', or it has ended"),
                        "see GET /v1/sessions for those that there are");
  }
  (void)call.actions.sessions_to_close(name, call.who()).close(*id);
  return {200, render_closed(1), {}};
}

ControlAnswer close_sessions_of_frontend(const Call& call) {
  return close(call, of_frontend(call), concat("frontend ", call.parameters[0]));
}

ControlAnswer close_sessions_of_client(const Call& call) {
  return close(call, of_client(call), concat("client ", call.parameters[0]));
}

ControlAnswer close_sessions_of_server(const Call& call) {
  return close(call, of_server(call),
               concat("server ", call.parameters[0], "/", call.parameters[1]));
}

}  // namespace hapair::control
