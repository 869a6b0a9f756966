// What may pass a link that has a virtual MAC address, as messages of rtnetlink. Inside of
// libvrrp/io: its users include libnl.
#pragma once

#include <cstdint>

#include "libvrrp/io/netlink_messages.hpp"

namespace hapair::vrrp {

enum class Direction : std::uint8_t { kOut, kIn };

// Each is nullptr when memory runs out; Netlink tells what they do.
[[nodiscard]] Message filter_place_message(std::uint32_t link);
[[nodiscard]] Message filter_message(std::uint32_t link, Direction direction);

}  // namespace hapair::vrrp
