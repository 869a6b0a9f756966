// What is known of the other nodes before a drill begins: who would be its partner, and what speaks
// against it. Pure; by the nodes' hellos.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libvrrp/core/hello.hpp"
#include "libvrrp/core/hello_exchange.hpp"

namespace hapair::vrrp {

/// Of the nodes that are there the one that would be master of the VIP next; nullopt: none is there
/// that takes part in its election.
[[nodiscard]] std::optional<std::size_t> partner_for(const std::vector<HelloPeer>& peers,
                                                     std::string_view vip);

/// Why that node should not be master of these VIPs just now, in words; none: nothing speaks
/// against it. `own`: what this node says of itself.
[[nodiscard]] std::vector<std::string> objections_to(const HelloPeer& peer, const NodeReport& own,
                                                     const std::vector<std::string>& vips);

}  // namespace hapair::vrrp
