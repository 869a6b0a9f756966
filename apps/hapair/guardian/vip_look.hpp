// Whether a VIP is on this host, and whether this host's neighbour table knows another one that has
// it: what a drill measures. Asks the kernel; changes nothing but that one neighbour entry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/protocol.hpp"
#include "common/base/result.hpp"
#include "libvrrp/io/neighbours.hpp"
#include "libvrrp/io/netlink.hpp"

namespace hapair::guardian {

class VipLook {
 public:
  /// The grants outlive it.
  explicit VipLook(const Grants& grants) : grants_(grants) {}

  /// `link`: the index of the interface that the group's first address is on when it is here. There
  /// is such a group.
  [[nodiscard]] base::Result<VipSeen> look(const LookAtVip& request, std::uint32_t link);

 private:
  [[nodiscard]] base::Result<void> open();

  const Grants& grants_;
  std::optional<vrrp::Netlink> netlink_;  ///< both from the first look on
  std::optional<vrrp::Neighbours> neighbours_;
};

}  // namespace hapair::guardian
