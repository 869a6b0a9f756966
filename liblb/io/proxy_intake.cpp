#include "liblb/io/proxy_intake.hpp"

#include <sys/socket.h>

#include <array>
#include <memory>
#include <utility>

namespace hapair::lb {

ProxyIntake::ProxyIntake(Context& context, Frontend& frontend, Listener& listener,
                         net::Accepted accepted)
    : Intake(context, frontend, listener, std::move(accepted), listener.accept_proxy()->timeout) {}

void ProxyIntake::on_events(event::FdEvents events) noexcept {
  std::array<std::uint8_t, net::kMaxProxyV2> room;
  const auto bytes = peek(room);
  if (!bytes) return;
  if (bytes->empty()) {
    refuse("closed before its header");
    return;
  }
  const auto header = net::parse_proxy_header(*bytes);
  switch (header.status) {
    case net::ProxyParse::Status::kComplete:
      take(header);
      return;
    case net::ProxyParse::Status::kFault:
      refuse(header.fault);
      return;
    case net::ProxyParse::Status::kMore:
      if (events.closed) refuse("closed within its header");
      return;
  }
}

void ProxyIntake::take(const net::ProxyParse& header) {
  std::array<std::uint8_t, net::kMaxProxyV2> taken;
  // The bytes were seen there: they come in one piece.
  if (::recv(accepted().fd.get(), taken.data(), header.bytes, 0) !=
      static_cast<ssize_t>(header.bytes)) {
    refuse("closed within its header");
    return;
  }
  net::Accepted accepted = release();
  if (header.ends) {
    accepted.peer = header.ends->source;
    accepted.destination = header.ends->destination;
    if (header.tls) accepted.told = std::make_unique<const net::ProxiedTls>(*header.tls);
  }
  frontend().promote(*this, std::move(accepted));
}

void ProxyIntake::refuse(std::string_view why) { Intake::refuse("proxy-header-refused", why); }

}  // namespace hapair::lb
