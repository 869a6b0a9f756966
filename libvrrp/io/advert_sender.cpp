#include "libvrrp/io/advert_sender.hpp"

#include <linux/filter.h>
#include <linux/pkt_sched.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "common/base/text.hpp"
#include "common/net/socket.hpp"
#include "libvrrp/core/packet.hpp"

namespace hapair::vrrp {
namespace {

/// The kernel doubles it. Room for thousands of adverts, so that a burst of junk, which has to be
/// read before anything behind it, does not displace the real ones; and by the kernel's reckoning
/// (768 bytes for the smallest packet) still fewer than one drain of the receiver reads.
constexpr int kReceiveBuffer = 1024 * 1024;

bool bind_to_link(int fd, const std::string& name) {
  return ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name.data(),
                      static_cast<socklen_t>(name.size())) == 0;
}

/// Nothing that arrives is ever queued: the socket only sends.
bool drop_all_input(int fd) {
  sock_filter drop[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog program{.len = 1, .filter = drop};
  return net::set_option(fd, SOL_SOCKET, SO_ATTACH_FILTER, program);
}

net::UniqueFd open_raw(base::Family family) {
  const int domain = family == base::Family::kIpv4 ? AF_INET : AF_INET6;
  return net::UniqueFd(::socket(domain, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, kIpProtocol));
}

bool set_sending_options4(int fd, std::uint32_t link) {
  const int ttl = kTtl;
  const int tos = kTos;
  const int off = 0;
  const int no_discovery = IP_PMTUDISC_DONT;
  ip_mreqn out{};
  out.imr_ifindex = static_cast<int>(link);
  return net::set_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, ttl) &&
         net::set_option(fd, IPPROTO_IP, IP_TTL, ttl) &&
         net::set_option(fd, IPPROTO_IP, IP_TOS, tos) &&
         // Without the "don't fragment" bit, as keepalived sends its adverts.
         net::set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, no_discovery) &&
         net::set_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, off) &&
         net::set_option(fd, IPPROTO_IP, IP_MULTICAST_IF, out);
}

bool set_sending_options6(int fd, std::uint32_t link) {
  const int hops = kTtl;
  const int traffic_class = kTos;
  const int off = 0;
  const int out = static_cast<int>(link);
  return net::set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops) &&
         net::set_option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops) &&
         net::set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, traffic_class) &&
         net::set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, off) &&
         net::set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, out);
}

bool set_receiving_options4(int fd, std::uint32_t link) {
  const int off = 0;
  ip_mreqn membership{};
  membership.imr_multiaddr.s_addr = htonl(multicast_group(base::Family::kIpv4).v4_host_order());
  membership.imr_ifindex = static_cast<int>(link);
  // Without the first the socket would also get groups that other programs have joined.
  return net::set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, off) &&
         net::set_option(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership);
}

/// What IPv4 has in the header that comes along comes beside the packet here.
bool set_receiving_options6(int fd, std::uint32_t link) {
  const int on = 1;
  const int off = 0;
  ipv6_mreq membership{};
  const base::IpAddress group = multicast_group(base::Family::kIpv6);
  std::ranges::copy(group.bytes(), membership.ipv6mr_multiaddr.s6_addr);
  membership.ipv6mr_interface = link;
  return net::set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, off) &&
         net::set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, on) &&
         net::set_option(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, on) &&
         net::set_option(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, membership);
}

}  // namespace

base::Result<AdvertSender> AdvertSender::open(std::uint32_t link, const std::string& name,
                                              const base::IpAddress& source, SourceAt where) {
  const std::string what = base::concat("advert socket on ", name);
  if (source.is_any()) {
    return base::fail(base::concat(what,
                                   ": the interface has no IPv6 link-local address, which "
                                   "adverts over IPv6 leave from; bring it up, or give it one"));
  }
  net::UniqueFd fd = open_raw(source.family());
  if (!fd) return base::os_fail(what);
  // IP_TOS chooses a queueing priority of its own, so this one is set after it.
  const int priority = TC_PRIO_CONTROL;
  if (!drop_all_input(fd.get()) || !bind_to_link(fd.get(), name) ||
      !(source.is_v4() ? set_sending_options4(fd.get(), link)
                       : set_sending_options6(fd.get(), link)) ||
      !net::set_option(fd.get(), SOL_SOCKET, SO_PRIORITY, priority)) {
    return base::os_fail(what);
  }
  const int on = 1;
  if (where == SourceAt::kElsewhere && !source.is_v4() &&
      !net::set_option(fd.get(), IPPROTO_IPV6, IPV6_FREEBIND, on)) {
    return base::os_fail(what);
  }
  const net::SocketAddress local = net::SocketAddress::from({source, 0});
  if (::bind(fd.get(), local.get(), local.length) != 0) {
    if (errno == EADDRNOTAVAIL) {
      return base::fail(base::concat(what, ": ", source.to_string(),
                                     " is not an address of this host; give it to ", name,
                                     " or correct the node's address"));
    }
    return base::os_fail(base::concat(what, ": bind ", source.to_string()));
  }
  return AdvertSender(std::move(fd));
}

base::Result<void> AdvertSender::send(base::Bytes packet, const base::IpAddress& destination) {
  const net::SocketAddress to = net::SocketAddress::from({destination, 0});
  if (::sendto(fd_.get(), packet.data(), packet.size(), MSG_DONTWAIT, to.get(), to.length) < 0) {
    return base::os_fail(base::concat("send an advert to ", destination.to_string()));
  }
  return {};
}

base::Result<net::UniqueFd> open_advert_receiver(std::uint32_t link, const std::string& name,
                                                 base::Family family) {
  const std::string what = base::concat("advert receive socket on ", name);
  net::UniqueFd fd = open_raw(family);
  if (!fd) return base::os_fail(what);
  const int on = 1;
  // Not allowed in a user namespace: then the room is what the system gives.
  (void)net::set_option(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer);
  if (!bind_to_link(fd.get(), name) || !net::set_option(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, on) ||
      !(family == base::Family::kIpv4 ? set_receiving_options4(fd.get(), link)
                                      : set_receiving_options6(fd.get(), link))) {
    return base::os_fail(what);
  }
  return fd;
}

}  // namespace hapair::vrrp
