// Routes and rules as messages of rtnetlink. Inside of libvrrp/io: its users include libnl.
#pragma once

#include <netlink/msg.h>

#include <cstdint>
#include <optional>

#include "libvrrp/io/netlink_messages.hpp"
#include "libvrrp/io/routing.hpp"

namespace hapair::vrrp {

/// nullptr when memory runs out.
[[nodiscard]] Message put_message(const Routing& routing);
/// Matches ours only.
[[nodiscard]] Message take_off_message(const Routing& routing);
/// Asks for routes, or rules, of one family; with a protocol for those only, where the kernel knows
/// how to choose.
[[nodiscard]] Message routes_request(base::Family family, std::uint8_t protocol);
[[nodiscard]] Message rules_request(base::Family family);

struct HeardRouting {
  Routing routing;
  std::uint8_t protocol = 0;  ///< who has put it there; 0: the kernel does not say
};

/// Of RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWRULE and RTM_DELRULE about what we could have made: plain
/// routes, rules that look up a table. nullopt for everything else.
[[nodiscard]] std::optional<HeardRouting> parse_routing(nlmsghdr* header);

}  // namespace hapair::vrrp
