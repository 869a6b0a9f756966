#include "libcheck/io/stream_prober.hpp"

#include <sys/uio.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "common/net/own_shortage.hpp"
#include "common/net/proxy_header.hpp"
#include "common/net/socket.hpp"

namespace hapair::check {

StreamProber::StreamProber(const ProbeParts& parts, const CheckSpec& spec, ProbeHandler& handler)
    : loop_(parts.loop),
      sockets_(parts.sockets),
      spec_(spec),
      source_(source_for(parts, spec)),
      context_(spec.tls ? parts.tls.at(spec.tls->context) : nullptr),
      handler_(handler),
      timeout_(parts.loop, event::Priority::kCheck,
               event::Callback<>::to<&StreamProber::on_timeout>(this)),
      start_failure_(parts.loop, event::Priority::kCheck,
                     event::Callback<>::to<&StreamProber::on_start_failure>(this)) {}

void StreamProber::start(base::Instant now) {
  assert(phase_ == Phase::kIdle);
  began_ = now;
  phase_ = Phase::kConnecting;
  const auto connecting = connect();
  if (!connecting) {
    start_errno_ = connecting.error().os_errno;
    start_failure_.schedule();
    return;
  }
  timeout_.arm_at(now + spec_.timeout);
}

SocketKind StreamProber::socket_kind() const {
  // A PROXY header and a handshake come before even a greeting.
  const bool ours = tls_at_once() || spec_.proxy_version != 0 || speaks_first();
  return {.family = spec_.endpoint.address.family(),
          .source = source_,
          .first_word = ours ? net::FirstWord::kOurs : net::FirstWord::kTheirs};
}

base::Result<void> StreamProber::connect() {
  auto socket = sockets_.connect(socket_kind(), spec_.endpoint);
  if (!socket) return std::unexpected(std::move(socket.error()));
  socket_ = socket->get();
  stream_ = std::move(*socket);
  if (tls_at_once()) {
    auto under_tls = context_->connect(std::move(stream_), spec_.endpoint.address);
    tls_ = under_tls.get();
    stream_ = std::move(under_tls);
  }
  return stream_->start(*this);
}

void StreamProber::on_stream_ready() noexcept {
  switch (phase_) {
    case Phase::kIdle:
      return;
    case Phase::kConnecting:
      return on_socket_connected();
    case Phase::kShakingHands:
      return shake_hands();
    case Phase::kTalking:
      return on_ready();
  }
}

void StreamProber::on_socket_connected() {
  // An attempt that failed is readable too; else the kernel need not be asked.
  const int code = socket_->may_read() ? socket_->failure() : 0;
  if (code != 0) return finish_with_errno(code);
  if (!greet()) return finish(CheckCode::kL4Refused, "the PROXY header could not be sent");
  if (tls_ != nullptr) {
    phase_ = Phase::kShakingHands;
    return shake_hands();
  }
  phase_ = Phase::kTalking;
  on_connected();
}

void StreamProber::secure() {
  assert(phase_ == Phase::kTalking && context_ != nullptr && tls_ == nullptr);
  stream_->set_handler(nullptr);
  auto under_tls = context_->connect(std::move(stream_), spec_.endpoint.address);
  tls_ = under_tls.get();
  stream_ = std::move(under_tls);
  phase_ = Phase::kShakingHands;
  if (auto started = stream_->start(*this); !started) {
    return finish_with_errno(started.error().os_errno);
  }
  shake_hands();
}

void StreamProber::shake_hands() {
  switch (tls_->handshake()) {
    case tls::TlsStream::Handshake::kUnderWay:
      return;
    case tls::TlsStream::Handshake::kFailed:
      return finish(CheckCode::kL6BadResponse,
                    base::printable(tls_->failure_reason(), CheckResult::kMaxInfo));
    case tls::TlsStream::Handshake::kDone:
      phase_ = Phase::kTalking;
      look_at_certificate();
      return spec_.tls->on_demand ? on_secured() : on_connected();
  }
}

void StreamProber::look_at_certificate() {
  const std::chrono::days wanted(spec_.tls->certificate_days);
  const auto until = tls_->peer_not_after();
  if (wanted.count() == 0 || !until) return;
  const auto left = std::chrono::floor<std::chrono::days>(*until - event::wall_now());
  if (left >= wanted) return;
  warning_ = base::concat("the certificate expires in ", left.count(), " days");
}

bool StreamProber::greet() {
  if (spec_.proxy_version == 0) return true;
  std::array<std::uint8_t, net::kMaxProxyWritten> header;
  const std::size_t length =
      net::write_proxy_header(header, static_cast<net::ProxyVersion>(spec_.proxy_version), {});
  const std::array<iovec, 1> part{{{header.data(), length}}};
  return socket_->write(part).bytes == length;  // a fresh connection has room for it
}

void StreamProber::write_rest(std::string_view text, std::size_t& sent) {
  // A server may answer and close without listening: what it said decides.
  if (stream_->may_write()) (void)net::write_rest(*stream_, text, sent);
}

void StreamProber::on_start_failure() noexcept { finish_with_errno(start_errno_); }

void StreamProber::on_timeout() noexcept {
  switch (phase_) {
    case Phase::kIdle:
      return;
    case Phase::kConnecting:
      return finish(CheckCode::kL4Timeout);
    case Phase::kShakingHands:
      return finish(CheckCode::kL6Timeout);
    case Phase::kTalking:
      return on_late();
  }
}

void StreamProber::finish_with_errno(int code) {
  // HAProxy's L4TOUT covers the kernel's own verdict too.
  const CheckCode what = net::is_own_shortage(code) ? CheckCode::kSocketError
                         : code == ETIMEDOUT        ? CheckCode::kL4Timeout
                                                    : CheckCode::kL4Refused;
  finish(what, std::generic_category().message(code));
}

void StreamProber::finish(CheckCode code, std::string info, std::uint16_t status) {
  finish({.code = code, .status = status, .info = std::move(info)});
}

void StreamProber::finish(Finding finding, Leaving leaving) {
  const std::string warning = std::move(warning_);
  end(leaving);
  CheckResult result{.code = finding.code,
                     .status = finding.status,
                     .duration = loop_.now() - began_,
                     .info = std::move(finding.info),
                     .agent = finding.agent};
  result.warns = !warning.empty() && outcome(finding.code) == Outcome::kPassed;
  if (result.warns) result.info = warning;
  handler_.on_probe_result(std::move(result));
}

void StreamProber::end(Leaving leaving) {
  if (phase_ == Phase::kIdle) return;
  const bool stood = phase_ != Phase::kConnecting;
  phase_ = Phase::kIdle;
  timeout_.cancel();
  start_failure_.cancel();
  if (stream_) leave(leaving, stood);
  stream_.reset();
  tls_ = nullptr;
  socket_ = nullptr;
  warning_.clear();
  on_end();
}

void StreamProber::leave(Leaving leaving, bool stood) {
  if (leaving == Leaving::kInOrder) return stream_->close();
  if (!stood || tls_ != nullptr) return stream_->abort();
  (void)stream_.release();  // it is the socket
  sockets_.end(socket_kind(), std::unique_ptr<net::SocketStream>(socket_));
}

}  // namespace hapair::check
