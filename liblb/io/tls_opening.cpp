#include "liblb/io/tls_opening.hpp"

#include <utility>

#include "common/base/text.hpp"
#include "common/net/socket_stream.hpp"

namespace hapair::lb {

TlsOpening::TlsOpening(Context& context, Frontend& frontend, Listener& listener,
                       net::Accepted accepted)
    : Session(listener),
      context_(context),
      frontend_(frontend),
      accepted_(std::move(accepted)),
      timer_(event::Callback<>::to<&TlsOpening::on_timeout>(this)),
      task_(event::Callback<>::to<&TlsOpening::on_turn>(this)) {
  context_.add_user();
}

TlsOpening::~TlsOpening() { context_.remove_user(); }

bool TlsOpening::start() {
  const BindTls& tls = *listener().tls();
  auto stream = tls.context->accept(std::make_unique<net::SocketStream>(
      context_.loop, event::Priority::kTraffic, std::move(accepted_.fd)));
  if (!stream) return false;
  stream_ = std::move(*stream);
  context_.wheel.arm(timer_, context_.now() + tls.handshake_timeout);
  return stream_->start(*this).has_value();
}

void TlsOpening::on_turn() noexcept {
  switch (stream_->handshake()) {
    case tls::TlsStream::Handshake::kUnderWay:
      return;
    case tls::TlsStream::Handshake::kFailed:
      refuse(stream_->failure_reason());
      return;
    case tls::TlsStream::Handshake::kDone:
      break;
  }
  timer_.cancel();
  task_.unqueue();
  stream_->set_handler(nullptr);
  const tls::TlsStream* tls = stream_.get();
  frontend_.promote(*this, Client{.stream = std::move(stream_),
                                  .peer = accepted_.peer,
                                  .destination = accepted_.destination,
                                  .tls = tls});
}

void TlsOpening::refuse(std::string_view why) {
  ++frontend_.counters.request_errors;
  context_.log.debug("tls-handshake-failed", listener().name(),
                     base::concat("from ", accepted_.peer.to_string(), ": ", why));
  close();
}

void TlsOpening::reset() {
  if (stream_) stream_->abort();
  close();
}

void TlsOpening::close() {
  timer_.cancel();
  task_.unqueue();
  if (stream_) stream_->set_handler(nullptr);
  frontend_.retire(*this);
}

}  // namespace hapair::lb
