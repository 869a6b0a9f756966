// The addresses of a VIP, from virtual_ipaddress and virtual_ipaddress_excluded of all its nodes.
#pragma once

#include <string>
#include <string_view>

#include "apps/hapair/import/keepalived/work.hpp"

namespace hapair::importing::keepalived {

void write_addresses(Work& work, const VipInput& vip, JsonTree& out);

/// The name in `networks` for an interface of a node other than the VIP's own; empty: it is that.
/// A network that is not there yet is made for all nodes.
[[nodiscard]] std::string network_of(Work& work, const VipInput& vip, std::size_t node,
                                     std::string_view interface);

}  // namespace hapair::importing::keepalived
