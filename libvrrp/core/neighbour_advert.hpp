// Unsolicited Neighbour Advertisement (RFC 4861, sections 4.4 and 7.2.6; RFC 9568, section 8.2.3):
// the frame that tells a segment where a virtual IPv6 address lives now.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/ip_address.hpp"
#include "libvrrp/core/arp.hpp"

namespace hapair::vrrp {

using NeighbourAdvertFrame = std::array<std::uint8_t, 86>;

/// An Ethernet frame to all nodes that says, from `address` itself and with the override flag, that
/// it is at `mac`. `router`: whether the sender forwards packets. `address` must be IPv6.
[[nodiscard]] NeighbourAdvertFrame unsolicited_neighbour_advert(const MacAddress& mac,
                                                                const base::IpAddress& address,
                                                                bool router);

}  // namespace hapair::vrrp
