// Gratuitous ARP (RFC 5227, section 3; RFC 9568, section 8.1.2): the frame that tells a segment
// where a virtual address lives now.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "common/base/ip_address.hpp"

namespace hapair::vrrp {

using MacAddress = std::array<std::uint8_t, 6>;
using ArpFrame = std::array<std::uint8_t, 42>;

inline constexpr MacAddress kBroadcastMac = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/// The virtual router's own (RFC 9568, section 7.3): each family has one.
[[nodiscard]] constexpr MacAddress virtual_mac(std::uint8_t vrid, base::Family family) {
  const std::uint8_t block = family == base::Family::kIpv4 ? 0x01 : 0x02;
  return {0x00, 0x00, 0x5e, 0x00, block, vrid};
}

/// "00:00:5e:00:01:33"
[[nodiscard]] std::string to_string(const MacAddress& mac);

/// A broadcast Ethernet frame with an ARP request for `address` that claims to come from it. A
/// request, not a reply: more hosts update their caches from one. `address` must be IPv4.
[[nodiscard]] ArpFrame gratuitous_arp(const MacAddress& mac, const base::IpAddress& address);

}  // namespace hapair::vrrp
