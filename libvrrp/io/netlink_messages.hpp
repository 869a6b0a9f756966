// What rtnetlink says of addresses and links, as values. Inside of libvrrp/io: its users include
// libnl, and the kernel is the only sender.
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <cstddef>
#include <memory>
#include <optional>

#include "libvrrp/io/netlink.hpp"

namespace hapair::vrrp {

struct MessageDeleter {
  void operator()(nl_msg* message) const { nlmsg_free(message); }
};
using Message = std::unique_ptr<nl_msg, MessageDeleter>;

/// The attribute behind a fixed header of that size; nullptr when there is none.
[[nodiscard]] nlattr* attribute(nlmsghdr* header, std::size_t fixed, int type);

/// Of RTM_NEWADDR and RTM_DELADDR; nullopt for everything else.
[[nodiscard]] std::optional<LinkAddress> parse_address(nlmsghdr* header);

/// Of RTM_NEWLINK and RTM_DELLINK; nullopt for everything else.
[[nodiscard]] std::optional<Link> parse_link(nlmsghdr* header);

}  // namespace hapair::vrrp
