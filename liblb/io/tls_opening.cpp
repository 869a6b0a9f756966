#include "liblb/io/tls_opening.hpp"

#include <utility>

#include "common/base/text.hpp"
#include "common/net/socket_stream.hpp"
#include "liblb/io/certificate_terms.hpp"

namespace hapair::lb {

TlsOpening::TlsOpening(Context& context, Frontend& frontend, Listener& listener,
                       net::Accepted accepted)
    : Session(listener),
      context_(context),
      frontend_(frontend),
      accepted_(std::move(accepted)),
      timer_(event::Callback<>::to<&TlsOpening::on_timeout>(this)),
      task_(event::Callback<>::to<&TlsOpening::on_turn>(this)),
      waiting_(event::Callback<>::to<&TlsOpening::on_others>(this)) {
  context_.add_user();
}

TlsOpening::~TlsOpening() {
  leave();
  context_.remove_user();
}

void TlsOpening::leave() {
  if (std::exchange(under_way_, false)) frontend_.end_handshake(accepted_.peer.address);
}

bool TlsOpening::start() {
  const BindTls& tls = *listener().tls();
  auto stream = tls.context->accept(std::make_unique<net::SocketStream>(
      context_.loop, event::Priority::kTraffic, std::move(accepted_.fd)));
  if (!stream) return false;
  stream_ = std::move(*stream);
  context_.wheel.arm(timer_, context_.now() + tls.handshake_timeout);
  context_.handshake_room.wait(waiting_);
  return stream_->start(*this).has_value();
}

void TlsOpening::on_turn() noexcept {
  switch (stream_->handshake()) {
    case tls::TlsStream::Handshake::kUnderWay:
      context_.handshake_room.wait(waiting_);
      return;
    case tls::TlsStream::Handshake::kFailed:
      refuse(stream_->failure_reason());
      return;
    case tls::TlsStream::Handshake::kDone:
      open();
      return;
  }
}

void TlsOpening::open() {
  std::unique_ptr<const CertificateFields> certificate;
  if (const auto& wanted = frontend_.settings().certificate_fields) {
    const auto shown = stream_->peer_certificate();
    if (shown) certificate = fields_of(*shown, *wanted);
    if (certificate && certificate->bytes() > CertificateFields::kMaxBytes) {
      refuse("what its certificate says does not fit into header fields");
      return;
    }
  }
  leave();
  timer_.cancel();
  task_.unqueue();
  stream_->set_handler(nullptr);
  const tls::TlsStream* tls = stream_.get();
  frontend_.promote(*this, Client{.stream = std::move(stream_),
                                  .peer = accepted_.peer,
                                  .destination = accepted_.destination,
                                  .tls = tls,
                                  .certificate = std::move(certificate)});
}

void TlsOpening::on_others() noexcept {
  ++frontend_.counters.denied_handshakes;
  ++listener().counters.denied_handshakes;
  refuse("gave way to newer handshakes: process.max_handshakes are under way");
}

void TlsOpening::refuse(std::string_view why) {
  ++frontend_.counters.request_errors;
  if (context_.log.takes(base::LogLevel::kDebug)) {
    context_.log.debug("tls-handshake-failed", listener().name(),
                       base::concat("from ", accepted_.peer.to_string(), ": ", why));
  }
  close();
}

void TlsOpening::reset() {
  if (stream_) stream_->abort();
  close();
}

void TlsOpening::close() {
  leave();
  timer_.cancel();
  task_.unqueue();
  waiting_.unqueue();
  if (stream_) stream_->set_handler(nullptr);
  frontend_.retire(*this);
}

}  // namespace hapair::lb
