// Gratuitous ARP (RFC 5227, section 3; RFC 9568, section 8.1.2): the frame that tells a segment
// where a virtual address lives now.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/ip_address.hpp"

namespace hapair::vrrp {

using MacAddress = std::array<std::uint8_t, 6>;
using ArpFrame = std::array<std::uint8_t, 42>;

inline constexpr MacAddress kBroadcastMac = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/// A broadcast Ethernet frame with an ARP request for `address` that claims to come from it. A
/// request, not a reply: more hosts update their caches from one. `address` must be IPv4.
[[nodiscard]] ArpFrame gratuitous_arp(const MacAddress& mac, const base::IpAddress& address);

}  // namespace hapair::vrrp
