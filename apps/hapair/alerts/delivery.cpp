#include "apps/hapair/alerts/delivery.hpp"

#include <array>
#include <system_error>
#include <utility>

#include "common/base/text.hpp"
#include "common/net/socket.hpp"
#include "common/net/socket_stream.hpp"

namespace hapair::alerts {

using Outcome = DeliveryHandler::Outcome;

Delivery::Delivery(event::EventLoop& loop, const ReceiverSettings& receiver, Dialog& dialog,
                   DeliveryHandler& handler)
    : loop_(loop),
      receiver_(receiver),
      dialog_(dialog),
      handler_(handler),
      timer_(loop, event::Priority::kCheck, event::Callback<>::to<&Delivery::on_timeout>(this)),
      tell_(loop, event::Priority::kCheck, event::Callback<>::to<&Delivery::tell>(this)) {
  timer_.arm_after(receiver.timeout);
  if (receiver.address) {
    addresses_.push_back(*receiver.address);
    connect_next();
  } else if (auto known =
                 receiver.hosts != nullptr ? receiver.hosts->find(receiver.host) : std::nullopt) {
    use(*std::move(known));
  } else {
    ask(net::DnsType::kA);
  }
}

void Delivery::use(std::vector<base::IpAddress> addresses) {
  addresses_ = std::move(addresses);
  if (addresses_.size() > kMaxAddresses) addresses_.resize(kMaxAddresses);
  connect_next();
}

Delivery::~Delivery() { drop_stream(); }

void Delivery::ask(net::DnsType type) {
  asked_ = type;
  net::DnsHandler& handler = *this;
  query_.emplace(loop_, receiver_.dns, receiver_.host, type, handler);
}

void Delivery::on_dns_answer(base::Result<net::DnsAnswer> answer) noexcept {
  const bool found = answer && !answer->addresses.empty();
  if (!found && asked_ == net::DnsType::kA) return ask(net::DnsType::kAaaa);
  if (!found) {
    finish(Outcome::kFailed,
           base::concat(receiver_.host, " has no address: ",
                        answer ? "there is no such name or record" : answer.error().message));
    return;
  }
  use(std::move(answer->addresses));
}

void Delivery::connect_next() {
  drop_stream();
  phase_ = Phase::kConnecting;
  while (next_address_ < addresses_.size()) {
    const base::Endpoint to{addresses_[next_address_++], receiver_.port};
    auto socket = net::connect_tcp(to);
    if (!socket) {
      connect_fault_ = socket.error().message;
      continue;
    }
    stream_ =
        std::make_unique<net::SocketStream>(loop_, event::Priority::kCheck, std::move(*socket));
    if (receiver_.tls != nullptr && !receiver_.starttls) {
      auto under_tls = receiver_.tls->connect(std::move(stream_));
      tls_ = under_tls.get();
      stream_ = std::move(under_tls);
    }
    if (stream_->start(*this)) return;
    drop_stream();
  }
  finish(Outcome::kFailed, connect_fault_);
}

void Delivery::drop_stream() {
  if (stream_) stream_->set_handler(nullptr);
  tls_ = nullptr;
  stream_.reset();
}

void Delivery::on_stream_ready() noexcept {
  if (phase_ == Phase::kConnecting) {
    advance();
  } else if (phase_ == Phase::kTalking) {
    talk();
  } else if (phase_ == Phase::kSecuring) {
    shake_hands();
  }
}

void Delivery::advance() {
  if (const int code = stream_->failure(); code != 0) {
    const base::Endpoint to{addresses_[next_address_ - 1], receiver_.port};
    connect_fault_ = base::concat(to.to_string(), ": ", std::generic_category().message(code));
    return connect_next();
  }
  if (tls_ != nullptr) {
    const auto step = tls_->handshake();
    if (step == tls::TlsStream::Handshake::kUnderWay) return;
    if (step == tls::TlsStream::Handshake::kFailed) {
      finish(Outcome::kFailed, base::concat("TLS: ", tls_->failure_reason()));
      return;
    }
  }
  phase_ = Phase::kTalking;
  to_send_ = dialog_.begin();
  talk();
}

void Delivery::talk() {
  do {
    send();
  } while (receive());
  if (dialog_.wants_tls()) return secure();
  if (dialog_.state() != Dialog::State::kUnderWay) {
    send();  // a farewell, if it goes at once
    finish_by_dialog();
  }
}

void Delivery::secure() {
  phase_ = Phase::kSecuring;
  stream_->set_handler(nullptr);
  auto under_tls = receiver_.tls->connect(std::move(stream_));
  tls_ = under_tls.get();
  stream_ = std::move(under_tls);
  if (auto started = stream_->start(*this); !started) {
    return finish(Outcome::kFailed, started.error().message);
  }
  shake_hands();
}

void Delivery::shake_hands() {
  switch (tls_->handshake()) {
    case tls::TlsStream::Handshake::kUnderWay:
      return;
    case tls::TlsStream::Handshake::kFailed:
      return finish(Outcome::kFailed, base::concat("TLS: ", tls_->failure_reason()));
    case tls::TlsStream::Handshake::kDone:
      phase_ = Phase::kTalking;
      to_send_ = dialog_.on_secured();
      sent_ = 0;
      talk();
  }
}

void Delivery::send() {
  if (net::write_rest(*stream_, to_send_, sent_) == net::IoStatus::kWouldBlock) return;
  // Sent, or it never will be; then what the other side has said before may be there yet.
  to_send_.clear();
  sent_ = 0;
}

/// True: something came; there may be more.
bool Delivery::receive() {
  if (dialog_.state() != Dialog::State::kUnderWay || dialog_.wants_tls()) return false;
  std::array<std::uint8_t, 4096> bytes;
  const net::IoResult result = stream_->read(bytes);
  switch (result.status) {
    case net::IoStatus::kOk:
      received_ += result.bytes;
      to_send_ += dialog_.on_bytes(base::as_text(std::span(bytes).first(result.bytes)));
      if (received_ > kMaxReceived && dialog_.state() == Dialog::State::kUnderWay) dialog_.on_end();
      return true;
    case net::IoStatus::kWouldBlock:
      return false;
    case net::IoStatus::kEof:
    case net::IoStatus::kError:
      dialog_.on_end();
      return false;
  }
  return false;
}

void Delivery::finish_by_dialog() {
  switch (dialog_.state()) {
    case Dialog::State::kDelivered:
      return finish(Outcome::kDelivered, dialog_.reason());
    case Dialog::State::kRefused:
      return finish(Outcome::kRefused, dialog_.reason());
    case Dialog::State::kUnderWay:
    case Dialog::State::kFailed:
      return finish(Outcome::kFailed, dialog_.reason());
  }
}

void Delivery::on_timeout() noexcept {
  static constexpr std::array<std::string_view, 5> kWhere = {
      "the name of the receiver was not resolved", "no connection to the receiver stood",
      "the receiver did not answer", "the receiver did not shake hands", ""};
  finish(Outcome::kFailed, base::concat(kWhere[static_cast<std::size_t>(phase_)], " within ",
                                        base::format_duration(receiver_.timeout)));
}

void Delivery::finish(Outcome outcome, std::string reason) {
  if (phase_ == Phase::kOver) return;
  phase_ = Phase::kOver;
  timer_.cancel();
  outcome_ = outcome;
  reason_ = std::move(reason);
  tell_.schedule();
}

void Delivery::tell() noexcept { handler_.on_delivery_end(outcome_, std::move(reason_)); }

}  // namespace hapair::alerts
