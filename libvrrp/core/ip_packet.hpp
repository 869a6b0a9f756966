// The IPv4 header that a raw socket hands over in front of each advert.
#pragma once

#include <cstdint>
#include <expected>

#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"
#include "libvrrp/core/drop_reason.hpp"

namespace hapair::vrrp {

/// What is known of a received advert before it is decoded. `payload` points into the buffer.
struct Datagram {
  base::IpAddress source;
  base::IpAddress destination;
  std::uint8_t ttl = 0;
  base::Bytes payload;
};

/// Total: any bytes give a datagram or the reason why they are none. Link-layer padding after the
/// packet is cut off. The header checksum is the kernel's business.
[[nodiscard]] std::expected<Datagram, DropReason> parse_ipv4(base::Bytes packet);

}  // namespace hapair::vrrp
