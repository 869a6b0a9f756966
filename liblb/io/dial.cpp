#include "liblb/io/dial.hpp"

#include <cerrno>
#include <string_view>

#include "common/base/text.hpp"
#include "common/net/own_shortage.hpp"
#include "common/net/socket.hpp"

namespace hapair::lb {
namespace {

bool is_ours(int code) {
  switch (code) {
    case EADDRNOTAVAIL:  // no local port is left, or the source is not on this node
    case EADDRINUSE:
    case EAGAIN:
      return true;
    default:
      return net::is_own_shortage(code);
  }
}

void tell(Context& context, const ServerSettings& server, std::string_view what) {
  if (const auto held_back = context.exhaustion.pass(context.now())) {
    context.log.error("connect-exhausted", server.name,
                      base::concat(what, *held_back == 0 ? "" : " (and others before)"));
  }
}

}  // namespace

std::expected<net::UniqueFd, ConnectFailure> dial(Context& context, const ServerSettings& server) {
  if (!context.descriptors.admits_server()) {
    context.note_shortage();
    tell(context, server, "the descriptors that traffic may have are all in use");
    return std::unexpected(ConnectFailure::kExhausted);
  }
  auto socket = net::connect_tcp(server.endpoint, server.source);
  if (!socket) {
    if (!is_ours(socket.error().os_errno)) return std::unexpected(ConnectFailure::kRefused);
    if (net::is_own_shortage(socket.error().os_errno)) context.note_shortage();
    tell(context, server, socket.error().message);
    return std::unexpected(ConnectFailure::kExhausted);
  }
  if (const auto& alive = server.keep_alive) {
    net::set_keep_alive(socket->get(), alive->idle, alive->interval, alive->count);
  }
  return std::move(*socket);
}

}  // namespace hapair::lb
