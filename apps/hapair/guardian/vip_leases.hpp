// How a VIP is put on the host, silenced and taken off, as lists of netlink changes. One place, so
// that guardian and supervisor do the same.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libvrrp/io/netlink.hpp"

namespace hapair::guardian {

/// The kernel takes a VIP away that long after the guardian's last renewal. Whole seconds; the
/// kernel is up to half a second late, never early.
inline constexpr std::chrono::seconds kVipLease{2};

[[nodiscard]] inline vrrp::LinkAddress on_loopback(const vrrp::LinkAddress& address) {
  const std::uint8_t host = address.prefix.address.is_v4() ? 32 : 128;
  return {vrrp::kLoopbackIndex, {address.prefix.address, host}};
}

/// A VIP on this host.
struct PlacedVip {
  vrrp::LinkAddress address;
  std::size_t interface = 0;  ///< index into Grants::interfaces
  bool on_virtual = false;    ///< on its group's link with the virtual MAC
  std::string label{};
  std::uint8_t scope = 0;
};

[[nodiscard]] inline std::vector<vrrp::AddressChange> changes_to_put(
    std::span<const PlacedVip> vips) {
  std::vector<vrrp::AddressChange> changes;
  for (const PlacedVip& vip : vips) {
    changes.push_back({.kind = vrrp::AddressChange::Kind::kPut,
                       .address = vip.address,
                       .lease = kVipLease,
                       .label = vip.label,
                       .scope = vip.scope});
  }
  return changes;
}

/// On `lo` first, so that there is no moment without the address and established connections go
/// on; with arp_ignore=1 the link does not answer for it then.
[[nodiscard]] inline std::vector<vrrp::AddressChange> changes_to_silence(
    std::span<const vrrp::LinkAddress> addresses) {
  std::vector<vrrp::AddressChange> changes;
  for (const auto& address : addresses) {
    changes.push_back({.kind = vrrp::AddressChange::Kind::kPut,
                       .address = on_loopback(address),
                       .lease = kVipLease});
  }
  for (const auto& address : addresses) {
    changes.push_back({.kind = vrrp::AddressChange::Kind::kRemove, .address = address});
  }
  return changes;
}

[[nodiscard]] inline std::vector<vrrp::AddressChange> changes_to_remove(
    std::span<const vrrp::LinkAddress> addresses) {
  std::vector<vrrp::AddressChange> changes;
  for (const auto& address : addresses) {
    changes.push_back({.kind = vrrp::AddressChange::Kind::kRemove, .address = address});
  }
  return changes;
}

/// The outcome of a removal that leaves the address gone: done, was not there, or the link is gone.
[[nodiscard]] inline bool is_removed(int code) {
  return code == 0 || code == EADDRNOTAVAIL || code == ENODEV;
}

}  // namespace hapair::guardian
