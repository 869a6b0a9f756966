#include "libcheck/io/echo_prober.hpp"

#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

#include "common/net/own_shortage.hpp"
#include "common/net/random_number.hpp"
#include "common/net/socket.hpp"

namespace hapair::check {
namespace {

/// Packets looked at in one turn of the loop.
constexpr int kEchoBatch = 16;
/// An IPv4 header with options, and our echo; what is longer is none of ours.
constexpr std::size_t kPacketBytes = 128;

}  // namespace

EchoProber::EchoProber(event::EventLoop& loop, const base::IpAddress& target,
                       base::Duration timeout, std::uint16_t id, ProbeHandler& handler)
    : loop_(loop),
      time_limit_(timeout),
      handler_(handler),
      echo_{.target = target, .id = id, .sequence = 0, .token = 0},
      watch_(loop, event::Priority::kCheck,
             event::Callback<event::FdEvents>::to<&EchoProber::on_readable>(this)),
      timeout_(loop, event::Priority::kCheck, event::Callback<>::to<&EchoProber::on_timeout>(this)),
      start_failure_(loop, event::Priority::kCheck,
                     event::Callback<>::to<&EchoProber::on_start_failure>(this)) {}

void EchoProber::use(net::UniqueFd socket) {
  watch_.stop();
  socket_ = std::move(socket);
  no_way_.clear();
}

void EchoProber::fail_with(std::string reason) {
  watch_.stop();
  socket_.reset();
  no_way_ = std::move(reason);
}

void EchoProber::start(base::Instant now) {
  assert(!running_);
  running_ = true;
  began_ = now;
  ++echo_.sequence;
  echo_.token = net::random_number();
  start_errno_ = 0;
  if (!send()) {
    start_failure_.schedule();
    return;
  }
  timeout_.arm_at(now + time_limit_);
}

/// False: start_errno_ tells why (0: there is no socket).
bool EchoProber::send() {
  if (!socket_) return false;
  receive(false);  // late answers to echoes before this one
  // Connected anew each time, so that a changed route counts: the kernel then hands over only what
  // comes from the target, and tells when it is unreachable.
  const net::SocketAddress to = net::SocketAddress::from({echo_.target, 0});
  const auto request = echo_request(echo_);
  if (::connect(socket_.get(), to.get(), to.length) == 0 &&
      ::send(socket_.get(), request.data(), request.size(), MSG_DONTWAIT) >= 0 &&
      watch_.start_reading(socket_.get())) {
    return true;
  }
  start_errno_ = errno;
  return false;
}

void EchoProber::receive(bool judge) {
  std::array<std::uint8_t, kPacketBytes> packet;
  for (int turn = 0; turn < kEchoBatch; ++turn) {
    net::SocketAddress from;
    from.length = sizeof from.storage;
    const ssize_t got =
        ::recvfrom(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_TRUNC,
                   reinterpret_cast<sockaddr*>(&from.storage), &from.length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got < 0) {
      if (judge) return finish_with_errno(errno);
      continue;  // an error of an echo before
    }
    const auto sender = from.endpoint();
    const auto size = static_cast<std::size_t>(got);
    if (!judge || size > packet.size() || !sender) continue;
    if (judge_echo(echo_, base::Bytes(packet).first(size), sender->address) == EchoAnswer::kReply) {
      return finish(CheckCode::kL3Ok, "echo reply");
    }
  }
}

void EchoProber::on_readable(event::FdEvents) noexcept { receive(true); }

void EchoProber::on_timeout() noexcept { finish(CheckCode::kL3Timeout, "no echo reply"); }

void EchoProber::on_start_failure() noexcept {
  if (start_errno_ != 0) return finish_with_errno(start_errno_);
  if (!no_way_.empty()) return finish(CheckCode::kL3Failed, no_way_);
  finish(CheckCode::kSocketError, "no socket yet");
}

void EchoProber::finish_with_errno(int code) {
  finish(
      net::is_own_shortage(code) || code == EAGAIN ? CheckCode::kSocketError : CheckCode::kL3Failed,
      std::generic_category().message(code));
}

void EchoProber::finish(CheckCode code, std::string info) {
  end();
  handler_.on_probe_result(
      {.code = code, .status = 0, .duration = loop_.now() - began_, .info = std::move(info)});
}

void EchoProber::end() {
  if (!running_) return;
  running_ = false;
  watch_.stop();
  timeout_.cancel();
  start_failure_.cancel();
}

}  // namespace hapair::check
