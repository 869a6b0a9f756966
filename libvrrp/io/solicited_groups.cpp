#include "libvrrp/io/solicited_groups.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>

#include "common/base/text.hpp"
#include "common/net/socket.hpp"

namespace hapair::vrrp {

base::IpAddress solicited_group(const base::IpAddress& address) {
  assert(!address.is_v4());
  std::array<std::uint8_t, 16> bytes = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, 0, 0, 0};
  constexpr std::size_t kOwnBytes = 3;
  std::ranges::copy(address.bytes().last(kOwnBytes), bytes.end() - kOwnBytes);
  return base::IpAddress::from_bytes(bytes).value();
}

base::Result<net::UniqueFd> join_solicited_groups(std::uint32_t link,
                                                  std::span<const base::IpAddress> addresses) {
  net::UniqueFd fd(::socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return base::os_fail("join groups for neighbour solicitations");
  for (const base::IpAddress& address : addresses) {
    const base::IpAddress group = solicited_group(address);
    ipv6_mreq membership{};
    std::ranges::copy(group.bytes(), membership.ipv6mr_multiaddr.s6_addr);
    membership.ipv6mr_interface = link;
    // Addresses that end alike share a group.
    if (!net::set_option(fd.get(), IPPROTO_IPV6, IPV6_JOIN_GROUP, membership) &&
        errno != EADDRINUSE) {
      return base::os_fail(base::concat("join ", group.to_string()));
    }
  }
  return fd;
}

}  // namespace hapair::vrrp
