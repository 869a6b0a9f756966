// Who else speaks VRRP on this network, and what is odd about it: said so that a person knows whom
// to look at and what to change. Decides nothing.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libvrrp/core/drop_reason.hpp"
#include "libvrrp/core/effects.hpp"
#include "libvrrp/core/group_settings.hpp"

namespace hapair::vrrp {

/// The VRIDs in use on a network, our own among them. Whoever can send can fill it: then it only
/// has none to propose.
class VridsInUse {
 public:
  /// True when that is news. 0 is none.
  bool add(std::uint8_t vrid);

  /// The next one above `vrid` that is not in use, round the end; nullopt: all are.
  [[nodiscard]] std::optional<std::uint8_t> free_above(std::uint8_t vrid) const;

 private:
  std::bitset<256> used_;
};

/// "lb2 (10.0.0.2)"; the address alone where no node of ours has it.
[[nodiscard]] std::string name_of(const GroupSettings& settings, const base::IpAddress& from);

/// "only there 10.0.0.9; only here 10.0.0.7, 10.0.0.8": at most a few of each, the rest counted. An
/// address listed twice counts twice.
[[nodiscard]] std::string difference(std::vector<base::IpAddress> there,
                                     std::vector<base::IpAddress> here);

/// The alarm about an advert with our VRID from somebody who is none of our nodes; nullopt when the
/// sender is one, or can't be told from one.
[[nodiscard]] std::optional<Alarm> about_stranger(const GroupSettings& settings,
                                                  const base::IpAddress& from,
                                                  const VridsInUse& vrids);

/// The alarm about a dropped advert that a node of ours has sent, or a stranger; nullopt when the
/// sender is unknown, or the packet says nothing about its configuration.
[[nodiscard]] std::optional<Alarm> about_refused(const GroupSettings& settings,
                                                 const base::IpAddress& from, DropReason reason,
                                                 const VridsInUse& vrids);

}  // namespace hapair::vrrp
