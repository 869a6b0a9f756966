#include "libvrrp/io/hello_link.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <variant>

#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "common/net/random_number.hpp"
#include "common/net/socket.hpp"

namespace hapair::vrrp {
namespace {

/// Nothing that anybody could guess, and never the same twice: see HelloExchange. Without random
/// numbers from the kernel the clock keeps sessions apart at least.
std::uint64_t secret_number() {
  if (const std::uint64_t number = net::random_number(); number != 0) return number;
  return static_cast<std::uint64_t>(event::wall_now().time_since_epoch().count());
}

}  // namespace

HelloLink::HelloLink(event::EventLoop& loop, const HelloLinkSettings& settings,
                     HelloListener& listener)
    : loop_(loop),
      listener_(listener),
      own_(settings.own),
      peers_(settings.peers),
      authenticator_(settings.key),
      exchange_(settings.exchange, secret_number(), authenticator_),
      watch_(loop, event::Priority::kControl,
             event::Callback<event::FdEvents>::to<&HelloLink::on_readable>(this)),
      deadline_(loop, event::Priority::kControl,
                event::Callback<>::to<&HelloLink::on_deadline>(this)),
      rest_(loop, event::Priority::kControl, event::Callback<>::to<&HelloLink::on_rested>(this)) {}

void HelloLink::start(NodeReport report) {
  perform(exchange_.on_start(std::move(report), loop_.now(), event::wall_now()));
}

void HelloLink::refresh(NodeReport report) {
  perform(exchange_.on_report(std::move(report), loop_.now(), event::wall_now()));
}

void HelloLink::say(std::size_t peer, std::optional<DrillNote> letter) {
  perform(exchange_.on_letter(peer, std::move(letter), loop_.now(), event::wall_now()));
}

void HelloLink::on_deadline() noexcept {
  perform(exchange_.on_deadline(loop_.now(), event::wall_now()));
}

void HelloLink::on_readable(event::FdEvents /*events*/) noexcept {
  for (int i = 0; i < kBatch; ++i) {
    if (!read_one()) return;
  }
  watch_.stop();
  rest_.arm_after(kRest);
}

void HelloLink::on_rested() noexcept {
  if (!socket_) return;
  if (!watch_.start_reading(socket_.get())) rest_.arm_after(kRest);
}

/// False when nothing is left. An error of the network is one too: reading it clears it.
bool HelloLink::read_one() noexcept {
  std::array<std::uint8_t, kMaxHello + 1> buffer;  // what is longer shows as too long
  net::SocketAddress from;
  from.length = sizeof from.storage;
  const ssize_t length = ::recvfrom(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT,
                                    reinterpret_cast<sockaddr*>(&from.storage), &from.length);
  if (length < 0) return errno == EINTR;
  const auto sender = from.endpoint();
  const bool known = sender && std::ranges::find(peers_, sender->address,
                                                 &base::Endpoint::address) != peers_.end();
  if (!known) {
    ++counters_.strangers;
    return true;
  }
  const std::uint64_t drops = exchange_.drops().total();
  perform(exchange_.on_datagram(base::Bytes(buffer).first(static_cast<std::size_t>(length)),
                                loop_.now(), event::wall_now()));
  if (exchange_.drops().total() == drops) listener_.on_hello();
  return true;
}

void HelloLink::perform(const HelloEffects& effects) noexcept {
  for (const HelloEffect& effect : effects) {
    if (const auto* hello = std::get_if<SendHello>(&effect)) {
      send(*hello);
    } else if (const auto* seen = std::get_if<PeerSeen>(&effect)) {
      listener_.on_peer_heard(seen->peer);
    } else if (const auto* lost = std::get_if<PeerLost>(&effect)) {
      listener_.on_peer_silent(lost->peer);
    } else if (const auto* alarm = std::get_if<HelloAlarm>(&effect)) {
      listener_.on_hello_alarm(*alarm);
    }
  }
  arm();
}

void HelloLink::send(const SendHello& hello) noexcept {
  if (!socket_ && !open()) {
    ++counters_.unsent;
    return;
  }
  const auto to = net::SocketAddress::from(peers_[hello.peer]);
  const ssize_t sent = ::sendto(socket_.get(), hello.datagram.data(), hello.datagram.size(),
                                MSG_DONTWAIT | MSG_NOSIGNAL, to.get(), to.length);
  ++(sent < 0 ? counters_.unsent : counters_.sent);
}

/// The node's address may be missing, or the port taken, for a while: each hello tries again.
bool HelloLink::open() noexcept {
  const auto done = try_open();
  if (!done && !std::exchange(complained_, true)) {
    listener_.on_hello_unavailable(done.error().message);
  }
  if (done) complained_ = false;
  return done.has_value();
}

base::Result<void> HelloLink::try_open() {
  const auto address = net::SocketAddress::from(own_);
  const std::string what = base::concat("UDP ", own_.to_string());
  net::UniqueFd fd(
      ::socket(address.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd || ::bind(fd.get(), address.get(), address.length) != 0) return base::os_fail(what);
  if (auto started = watch_.start_reading(fd.get()); !started) return started;
  socket_ = std::move(fd);
  return {};
}

void HelloLink::arm() {
  if (const auto due = exchange_.deadline()) deadline_.arm_at(*due);
}

}  // namespace hapair::vrrp
