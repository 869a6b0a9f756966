#include "apps/hapair/guardian/vip_look.hpp"

#include <algorithm>
#include <utility>

namespace hapair::guardian {

base::Result<void> VipLook::open() {
  if (netlink_) return {};
  auto neighbours = vrrp::Neighbours::open();
  if (!neighbours) return std::unexpected(neighbours.error());
  auto netlink = vrrp::Netlink::open();
  if (!netlink) return std::unexpected(netlink.error());
  neighbours_ = std::move(*neighbours);
  netlink_ = std::move(*netlink);
  return {};
}

base::Result<VipSeen> VipLook::look(const LookAtVip& request, std::uint32_t link) {
  if (auto opened = open(); !opened) return std::unexpected(opened.error());
  const base::IpAddress& vip = grants_.groups[request.group].addresses.front().prefix.address;
  if (request.ask) {
    if (auto asked = neighbours_->ask_anew(link, vip); !asked) {
      return std::unexpected(asked.error());
    }
  }
  const auto addresses = netlink_->addresses();
  if (!addresses) return std::unexpected(addresses.error());
  // On the loopback interface nobody can reach it: there it is on its way out.
  const bool here = std::ranges::any_of(*addresses, [&](const vrrp::LinkAddress& address) {
    return address.link != vrrp::kLoopbackIndex && address.prefix.address == vip;
  });
  const auto hardware = neighbours_->hardware(link, vip);
  if (!hardware) return std::unexpected(hardware.error());
  return VipSeen{.group = request.group, .here = here, .neighbour = !here && hardware->has_value()};
}

}  // namespace hapair::guardian
