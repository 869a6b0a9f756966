#include "libvrrp/io/advert_sender.hpp"

#include <linux/filter.h>
#include <linux/pkt_sched.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "common/base/text.hpp"
#include "common/net/socket.hpp"
#include "libvrrp/core/packet.hpp"

namespace hapair::vrrp {
namespace {

template <class T>
bool set_option(int fd, int level, int name, const T& value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

bool bind_to_link(int fd, const std::string& name) {
  return ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name.data(),
                      static_cast<socklen_t>(name.size())) == 0;
}

/// Nothing that arrives is ever queued: the socket only sends.
bool drop_all_input(int fd) {
  sock_filter drop[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog program{.len = 1, .filter = drop};
  return set_option(fd, SOL_SOCKET, SO_ATTACH_FILTER, program);
}

net::UniqueFd open_raw() {
  return net::UniqueFd(::socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, kIpProtocol));
}

}  // namespace

base::Result<AdvertSender> AdvertSender::open(std::uint32_t link, const std::string& name,
                                              const base::IpAddress& source) {
  const std::string what = base::concat("advert socket on ", name);
  net::UniqueFd fd = open_raw();
  if (!fd) return base::os_fail(what);
  const int ttl = kTtl;
  const int tos = kTos;
  // IP_TOS chooses a queueing priority of its own, so this one is set after it.
  const int priority = TC_PRIO_CONTROL;
  const int off = 0;
  ip_mreqn out{};
  out.imr_ifindex = static_cast<int>(link);
  if (!drop_all_input(fd.get()) || !bind_to_link(fd.get(), name) ||
      !set_option(fd.get(), IPPROTO_IP, IP_MULTICAST_TTL, ttl) ||
      !set_option(fd.get(), IPPROTO_IP, IP_TTL, ttl) ||
      !set_option(fd.get(), IPPROTO_IP, IP_TOS, tos) ||
      // Without the "don't fragment" bit, as keepalived sends its adverts.
      !set_option(fd.get(), IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT) ||
      !set_option(fd.get(), SOL_SOCKET, SO_PRIORITY, priority) ||
      !set_option(fd.get(), IPPROTO_IP, IP_MULTICAST_LOOP, off) ||
      !set_option(fd.get(), IPPROTO_IP, IP_MULTICAST_IF, out)) {
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

base::Result<net::UniqueFd> open_advert_receiver(std::uint32_t link, const std::string& name) {
  const std::string what = base::concat("advert receive socket on ", name);
  net::UniqueFd fd = open_raw();
  if (!fd) return base::os_fail(what);
  const int on = 1;
  const int off = 0;
  ip_mreqn membership{};
  const base::IpAddress group = multicast_group(base::Family::kIpv4);
  membership.imr_multiaddr.s_addr = htonl(group.v4_host_order());
  membership.imr_ifindex = static_cast<int>(link);
  if (!bind_to_link(fd.get(), name) ||
      // Else the socket also gets groups that other programs have joined.
      !set_option(fd.get(), IPPROTO_IP, IP_MULTICAST_ALL, off) ||
      !set_option(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, on) ||
      !set_option(fd.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, membership)) {
    return base::os_fail(what);
  }
  return fd;
}

}  // namespace hapair::vrrp
