// The multicast groups that neighbour solicitations for IPv6 addresses go to (RFC 4291, section
// 2.7.1), joined on a link that does not have the addresses itself.
#pragma once

#include <cstdint>
#include <span>

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::vrrp {

/// ff02::1:ffXX:XXXX with the address's last three bytes. `address` must be IPv6.
[[nodiscard]] base::IpAddress solicited_group(const base::IpAddress& address);

/// For as long as the socket, which receives nothing, is open. A switch that snoops on MLD (RFC
/// 4541) then lets solicitations through to the link.
[[nodiscard]] base::Result<net::UniqueFd> join_solicited_groups(
    std::uint32_t link, std::span<const base::IpAddress> addresses);

}  // namespace hapair::vrrp
