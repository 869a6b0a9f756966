#include "liblb/io/hello_intake.hpp"

#include <array>
#include <utility>

#include "common/base/text.hpp"
#include "common/net/socket_stream.hpp"
#include "liblb/io/access_note.hpp"

namespace hapair::lb {
namespace {

base::Duration patience_of(const FrontendSettings& settings) {
  return settings.inspect_tls ? settings.inspect_tls->timeout : InspectTls().timeout;
}

}  // namespace

HelloIntake::HelloIntake(Context& context, Frontend& frontend, Listener& listener,
                         net::Accepted accepted)
    : Intake(context, frontend, listener, std::move(accepted), patience_of(frontend.settings())),
      accepted_at_(context.now()) {}

void HelloIntake::on_events(event::FdEvents events) noexcept {
  std::array<std::uint8_t, tls::kMaxClientHello> room;
  const auto bytes = peek(room);
  if (!bytes) return;
  if (bytes->empty()) {
    refuse("closed before its hello", 'C');
    return;
  }
  spoke_ = true;
  tls::HelloParse parse = tls::parse_client_hello(*bytes);
  switch (parse.status) {
    case tls::HelloParse::Status::kComplete:
      give_to_relay(std::move(parse.hello));
      return;
    case tls::HelloParse::Status::kFault:
      do_without(parse.fault, 'P');
      return;
    case tls::HelloParse::Status::kMore:
      if (events.closed) do_without("closed within its hello", 'C');
      return;
  }
}

void HelloIntake::give_to_relay(std::optional<tls::ClientHello> hello) {
  const std::string_view name = hello ? std::string_view(hello->server_name) : "";
  BackendDriver* backend = frontend().backend_for(name);
  if (backend == nullptr && frontend().rules() == nullptr) {
    refuse(name.empty() ? "asks for no name" : base::concat("no backend for ", name), 'P',
           hello ? &*hello : nullptr);
    return;
  }
  net::Accepted accepted = release();
  std::unique_ptr<const tls::ClientHello> seen;
  if (hello) seen = std::make_unique<const tls::ClientHello>(*std::move(hello));
  Client client{.stream = std::make_unique<net::SocketStream>(
                    context().loop, event::Priority::kTraffic, std::move(accepted.fd)),
                .peer = accepted.peer,
                .destination = accepted.destination,
                .backend = backend,
                .hello = std::move(seen),
                .told = std::move(accepted.told),
                .accepted = accepted_at_};
  frontend().promote(*this, std::move(client));
}

void HelloIntake::do_without(std::string_view why, char cause) {
  frontend().settings().inspect_tls ? refuse(why, cause) : give_to_relay(std::nullopt);
}

void HelloIntake::on_timeout() noexcept { do_without("no whole hello in time", 'c'); }

void HelloIntake::refuse(std::string_view why, char cause, const tls::ClientHello* hello) {
  if (spoke_ || frontend().settings().log_null) {
    log_refused_connection(context(), frontend(),
                           {.client = accepted().peer,
                            .accepted = accepted_at_,
                            .hello = hello,
                            .end = {.cause = cause, .phase = 'R'}});
  }
  Intake::refuse("tls-hello-refused", why);
}

}  // namespace hapair::lb
