#include "libvrrp/io/advert_receiver.hpp"

#include <sys/socket.h>
#include <time.h>

#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/event/clock.hpp"
#include "libvrrp/core/packet.hpp"

namespace hapair::vrrp {
namespace {

/// The longest header and an advert with 255 IPv4 addresses take 1096 bytes. A longer packet is cut
/// off and then refused, its length being wrong.
constexpr std::size_t kMaxPacket = 2048;

/// How long ago the kernel received the message; negative when it did not say.
base::Duration age(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp;
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    const base::Duration since_epoch =
        std::chrono::seconds(stamp.tv_sec) + std::chrono::nanoseconds(stamp.tv_nsec);
    return event::wall_now().time_since_epoch() - since_epoch;
  }
  return base::Duration(-1);
}

}  // namespace

AdvertReceiver::AdvertReceiver(event::EventLoop& loop, net::UniqueFd socket)
    : socket_(std::move(socket)),
      watch_(loop, event::Priority::kVrrp,
             event::Callback<event::FdEvents>::to<&AdvertReceiver::on_readable>(this)) {}

base::Result<void> AdvertReceiver::start() { return watch_.start_reading(socket_.get()); }

void AdvertReceiver::add(std::uint8_t vrid, DatagramSink& sink) {
  assert(vrid != 0 && sinks_[vrid] == nullptr);
  sinks_[vrid] = &sink;
}

void AdvertReceiver::remove(std::uint8_t vrid) { sinks_[vrid] = nullptr; }

void AdvertReceiver::on_readable(event::FdEvents /*events*/) noexcept { read(kBatch); }

void AdvertReceiver::read(int limit) noexcept {
  for (int i = 0; i < limit; ++i) {
    if (!read_one()) return;
  }
}

/// False when nothing is left. An error of the network (the interface went down) is one too: it is
/// cleared by being read, and the group finds out by the silence.
bool AdvertReceiver::read_one() noexcept {
  std::array<std::uint8_t, kMaxPacket> buffer;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control;
  iovec part{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t length = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT);
  if (length < 0) return errno == EINTR;
  if (const base::Duration waited = age(message); waited >= base::Duration::zero()) {
    wait_.record(waited);
  }
  hand_over(base::Bytes(buffer).first(static_cast<std::size_t>(length)));
  return true;
}

void AdvertReceiver::hand_over(base::Bytes packet) noexcept {
  const auto datagram = parse_ipv4(packet);
  if (!datagram) {
    dropped_.count(datagram.error());
    return;
  }
  DatagramSink* sink = sinks_[peek_vrid(datagram->payload)];
  if (sink == nullptr) {
    dropped_.count(DropReason::kUnknownVrid);
    return;
  }
  sink->on_datagram(*datagram);
}

}  // namespace hapair::vrrp
