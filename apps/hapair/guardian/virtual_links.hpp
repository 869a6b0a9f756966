// The links that have a virtual router's MAC addresses (RFC 9568, section 7.3): one for each family
// of a group's addresses. The guardian makes them when it starts; the ledger has them removed.
#pragma once

#include <cstdint>
#include <optional>

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/ledger.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"
#include "libvrrp/io/netlink.hpp"

namespace hapair::guardian {

struct VirtualLinks {
  std::optional<vrrp::Link> v4{};
  std::optional<vrrp::Link> v6{};
  net::UniqueFd solicited{};  ///< keeps the link below in the groups of the IPv6 addresses

  /// nullptr: the group has none for this family.
  [[nodiscard]] const vrrp::Link* of(base::Family family) const {
    const auto& link = family == base::Family::kIpv4 ? v4 : v6;
    return link ? &*link : nullptr;
  }
  [[nodiscard]] bool has(std::uint32_t link) const {
    return (v4 && v4->index == link) || (v6 && v6->index == link);
  }
};

/// The address has the virtual MAC address: it is on the group's own network. An IPv6 link-local
/// one has not: it belongs to the link that it is reached by, and so do sockets that listen on it.
[[nodiscard]] bool has_virtual_mac(const GroupGrant& grant, const VipGrant& vip);

/// Whether a group's links are made, or are there, as another hapair has made them.
enum class LinkOrigin : std::uint8_t { kNew, kOfAnother };

/// Those that the group needs, on the link below; up, and quiet until they have an address.
/// `there`: those that it has already; null: none.
[[nodiscard]] base::Result<VirtualLinks> make_virtual_links(
    const GroupGrant& grant, const vrrp::Link& below, LinkOrigin origin, Ledger& ledger,
    vrrp::Netlink& netlink, base::Logger& log, const VirtualLinks* there = nullptr);

}  // namespace hapair::guardian
