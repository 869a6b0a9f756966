#include "apps/hapair/guardian/virtual_links.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/base/text.hpp"
#include "libvrrp/core/arp.hpp"
#include "libvrrp/io/solicited_groups.hpp"

namespace hapair::guardian {
namespace {

std::vector<base::IpAddress> addresses_of(const GroupGrant& grant, base::Family family) {
  std::vector<base::IpAddress> addresses;
  for (const VipGrant& vip : grant.addresses) {
    const base::IpAddress& address = vip.prefix.address;
    if (has_virtual_mac(grant, vip) && address.family() == family) addresses.push_back(address);
  }
  return addresses;
}

base::Result<vrrp::Link> make_link(const GroupGrant& grant, base::Family family,
                                   const vrrp::Link& below, LinkOrigin origin, Ledger& ledger,
                                   vrrp::Netlink& netlink, base::Logger& log) {
  const std::string name =
      base::concat(family == base::Family::kIpv4 ? "vrrp." : "vrrp6.", grant.router_id);
  const vrrp::MacAddress mac = vrrp::virtual_mac(grant.router_id, family);
  const auto before = netlink.links();
  if (!before) return std::unexpected(before.error());
  const auto there = std::ranges::find(*before, name, &vrrp::Link::name);
  if (origin == LinkOrigin::kOfAnother) {
    if (there != before->end() && there->mac == mac) return *there;
    return base::fail(base::concat("the interface ", name,
                                   " is not there yet: an upgrade changes the program only; reload "
                                   "or restart for the configuration first"));
  }
  if (there != before->end()) {
    return base::fail(base::concat("there is an interface ", name,
                                   " already, which another program has made; remove it, or do "
                                   "without virtual_mac"));
  }
  if (auto noted = ledger.note_made({name, mac}); !noted) return std::unexpected(noted.error());
  auto link = netlink.make_macvlan(name, below.index, mac);
  if (!link) return link;
  if (const auto guarded = netlink.guard_macvlan(link->index); !guarded) {
    log.warning("virtual-mac-unguarded", name,
                base::concat(guarded.error().message,
                             ": what the kernel or another program sends by it while this node is "
                             "a backup leads clients astray, up to the master's next advert"));
  }
  if (auto started = netlink.start_macvlan(link->index); !started) {
    return std::unexpected(started.error().within(name));
  }
  return link;
}

}  // namespace

bool has_virtual_mac(const GroupGrant& grant, const VipGrant& vip) {
  return grant.virtual_mac && vip.interface == grant.interface &&
         !vip.prefix.address.is_link_local();
}

base::Result<VirtualLinks> make_virtual_links(const GroupGrant& grant, const vrrp::Link& below,
                                              LinkOrigin origin, Ledger& ledger,
                                              vrrp::Netlink& netlink, base::Logger& log,
                                              const VirtualLinks* there) {
  VirtualLinks made;
  for (const base::Family family : {base::Family::kIpv4, base::Family::kIpv6}) {
    const auto addresses = addresses_of(grant, family);
    if (addresses.empty()) continue;
    const vrrp::Link* known = there != nullptr ? there->of(family) : nullptr;
    auto link = known != nullptr ? base::Result<vrrp::Link>(*known)
                                 : make_link(grant, family, below, origin, ledger, netlink, log);
    if (!link) return std::unexpected(link.error());
    (family == base::Family::kIpv4 ? made.v4 : made.v6) = *std::move(link);
    if (family == base::Family::kIpv4) continue;
    // What the link itself tells multicast routers is held back with the rest.
    auto groups = vrrp::join_solicited_groups(below.index, addresses);
    if (!groups) return std::unexpected(groups.error().within(below.name));
    made.solicited = *std::move(groups);
  }
  return made;
}

}  // namespace hapair::guardian
