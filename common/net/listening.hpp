// Which sockets can't listen beside each other.
#pragma once

#include "common/base/ip_address.hpp"

namespace hapair::net {

/// The kernel lets nobody listen at one address of a port while somebody listens at all of them.
[[nodiscard]] inline bool is_in_the_way(const base::Endpoint& one, const base::Endpoint& other) {
  return one.port == other.port && one.address.family() == other.address.family() &&
         one.address.is_any() != other.address.is_any();
}

}  // namespace hapair::net
