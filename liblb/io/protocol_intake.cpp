#include "liblb/io/protocol_intake.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "common/http/h2_connection.hpp"
#include "common/net/socket_stream.hpp"

namespace hapair::lb {

ProtocolIntake::ProtocolIntake(Context& context, Frontend& frontend, Listener& listener,
                               net::Accepted accepted)
    : Intake(context, frontend, listener, std::move(accepted),
             frontend.settings().http_request_timeout),
      accepted_at_(context.now()) {}

void ProtocolIntake::on_events(event::FdEvents events) noexcept {
  std::array<std::uint8_t, http::kH2Preface.size()> room;
  const auto bytes = peek(room);
  if (!bytes) return;
  const std::string_view begin = base::as_text(*bytes);
  const bool matches = !begin.empty() && http::kH2Preface.starts_with(begin);
  if (matches && begin.size() < http::kH2Preface.size() && !events.closed) return;
  give_to(matches && begin.size() == http::kH2Preface.size());
}

void ProtocolIntake::give_to(bool http2) {
  net::Accepted accepted = release();
  frontend().promote(*this, {.stream = std::make_unique<net::SocketStream>(
                                 context().loop, event::Priority::kTraffic, std::move(accepted.fd)),
                             .peer = accepted.peer,
                             .destination = accepted.destination,
                             .has_preface = http2,
                             .accepted = accepted_at_});
}

}  // namespace hapair::lb
