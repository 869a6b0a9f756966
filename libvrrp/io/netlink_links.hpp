// Links that are made and removed, as messages of rtnetlink. Inside of libvrrp/io: its users
// include libnl.
#pragma once

#include <cstdint>
#include <string>

#include "libvrrp/core/arp.hpp"
#include "libvrrp/io/netlink_messages.hpp"

namespace hapair::vrrp {

// Each is nullptr when memory runs out; Netlink tells what they do.
[[nodiscard]] Message macvlan_message(const std::string& name, std::uint32_t parent,
                                      const MacAddress& mac);
[[nodiscard]] Message macvlan_settings_message(std::uint32_t link);
[[nodiscard]] Message link_up_message(std::uint32_t link);
[[nodiscard]] Message remove_link_message(std::uint32_t link);

}  // namespace hapair::vrrp
