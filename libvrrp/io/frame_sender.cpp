#include "libvrrp/io/frame_sender.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace hapair::vrrp {

base::Result<FrameSender> FrameSender::open() {
  // Protocol 0: the socket receives nothing.
  net::UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return base::os_fail("packet socket");
  return FrameSender(std::move(fd));
}

base::Result<void> FrameSender::send(std::uint32_t link, base::Bytes frame) {
  constexpr std::size_t kTypeOffset = 2 * ETH_ALEN;
  if (frame.size() < ETH_HLEN) return base::fail("announce an address: no whole frame");
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  std::memcpy(&to.sll_protocol, frame.data() + kTypeOffset, sizeof to.sll_protocol);
  to.sll_ifindex = static_cast<int>(link);
  to.sll_halen = ETH_ALEN;
  std::copy_n(frame.begin(), ETH_ALEN, to.sll_addr);
  if (::sendto(fd_.get(), frame.data(), frame.size(), MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
    return base::os_fail("announce an address");
  }
  return {};
}

}  // namespace hapair::vrrp
