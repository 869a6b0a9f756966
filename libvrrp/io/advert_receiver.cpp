#include "libvrrp/io/advert_receiver.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include <cassert>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "common/event/clock.hpp"
#include "libvrrp/core/auth_trailer.hpp"
#include "libvrrp/core/packet.hpp"

namespace hapair::vrrp {
namespace {

/// An advert with 255 IPv6 addresses takes 4088 bytes. A longer packet is cut off and then refused,
/// its length being wrong.
constexpr std::size_t kMaxPacket = 4352;

/// The payload of a control message of exactly this type; nullopt when there is none.
template <class T>
std::optional<T> control_value(msghdr& message, int level, int type) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != level || part->cmsg_type != type) continue;
    if (part->cmsg_len != CMSG_LEN(sizeof(T))) return std::nullopt;
    T value;
    std::memcpy(&value, CMSG_DATA(part), sizeof value);
    return value;
  }
  return std::nullopt;
}

/// How long ago the kernel received the message; negative when it did not say.
base::Duration age(msghdr& message) {
  const auto stamp = control_value<timespec>(message, SOL_SOCKET, SCM_TIMESTAMPNS);
  if (!stamp) return base::Duration(-1);
  const base::Duration since_epoch =
      std::chrono::seconds(stamp->tv_sec) + std::chrono::nanoseconds(stamp->tv_nsec);
  return event::wall_now().time_since_epoch() - since_epoch;
}

/// IPv6 hands over the payload alone; what the header said comes beside it.
std::expected<Datagram, DropReason> beside_ipv6(msghdr& message, const sockaddr_in6& from,
                                                base::Bytes payload) {
  const auto info = control_value<in6_pktinfo>(message, IPPROTO_IPV6, IPV6_PKTINFO);
  const auto hops = control_value<int>(message, IPPROTO_IPV6, IPV6_HOPLIMIT);
  if (!info || !hops || from.sin6_family != AF_INET6) return std::unexpected(DropReason::kIpHeader);
  return Datagram{.source = base::IpAddress::from_bytes(from.sin6_addr.s6_addr).value(),
                  .destination = base::IpAddress::from_bytes(info->ipi6_addr.s6_addr).value(),
                  .ttl = static_cast<std::uint8_t>(*hops),
                  .payload = payload};
}

}  // namespace

AdvertReceiver::AdvertReceiver(event::EventLoop& loop, net::UniqueFd socket, base::Family family)
    : socket_(std::move(socket)),
      family_(family),
      watch_(loop, event::Priority::kVrrp,
             event::Callback<event::FdEvents>::to<&AdvertReceiver::on_readable>(this)) {}

base::Result<void> AdvertReceiver::start() { return watch_.start_reading(socket_.get()); }

void AdvertReceiver::add(std::uint8_t vrid, DatagramSink& sink) {
  assert(vrid != 0 && sinks_[vrid] == nullptr);
  sinks_[vrid] = &sink;
  vrids_.add(vrid);
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
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec)) + CMSG_SPACE(sizeof(in6_pktinfo)) +
                                        CMSG_SPACE(sizeof(int))>
      control;
  sockaddr_in6 from{};
  iovec part{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t length = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT);
  if (length < 0) return errno == EINTR;
  if (const base::Duration waited = age(message); waited >= base::Duration::zero()) {
    wait_.record(waited);
  }
  const auto packet = base::Bytes(buffer).first(static_cast<std::size_t>(length));
  hand_over(family_ == base::Family::kIpv4 ? parse_ipv4(packet)
                                           : beside_ipv6(message, from, packet));
  return true;
}

void AdvertReceiver::hand_over(const std::expected<Datagram, DropReason>& datagram) noexcept {
  if (!datagram) {
    dropped_.count(datagram.error());
    return;
  }
  DatagramSink* sink = sinks_[peek_vrid(datagram->payload)];
  if (sink == nullptr) {
    dropped_.count(DropReason::kUnknownVrid);
    note_foreign(*datagram);
    return;
  }
  sink->on_datagram(*datagram);
}

/// Only what another router in earnest would send on this network: junk takes no VRID.
void AdvertReceiver::note_foreign(const Datagram& datagram) noexcept {
  if (datagram.ttl != kTtl || datagram.destination != multicast_group(family_)) return;
  const auto decoded =
      decode_advert(split_advert(datagram.payload).message, datagram.source, datagram.destination);
  if (!decoded || !vrids_.add(decoded->advert.vrid)) return;
  if (foreign_ != nullptr) foreign_->on_foreign_vrid(decoded->advert.vrid, datagram.source);
}

}  // namespace hapair::vrrp
