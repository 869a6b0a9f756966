#include "libvrrp/io/arp_sender.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>

namespace hapair::vrrp {

base::Result<ArpSender> ArpSender::open() {
  // Protocol 0: the socket receives nothing.
  net::UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return base::os_fail("ARP socket");
  return ArpSender(std::move(fd));
}

base::Result<void> ArpSender::send(std::uint32_t link, const ArpFrame& frame) {
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(ETH_P_ARP);
  to.sll_ifindex = static_cast<int>(link);
  to.sll_halen = ETH_ALEN;
  std::copy_n(frame.begin(), ETH_ALEN, to.sll_addr);
  if (::sendto(fd_.get(), frame.data(), frame.size(), MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
    return base::os_fail("send a gratuitous ARP");
  }
  return {};
}

}  // namespace hapair::vrrp
