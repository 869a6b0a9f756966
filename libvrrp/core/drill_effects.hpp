// What a drill wants done, on the node that leads it and on its partner: data only, performed in
// order by the driver. VIPs are indexes into the drill's own list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libvrrp/core/drill_note.hpp"

namespace hapair::vrrp {

/// The other node is to hear this until something else is said; nullopt: nothing more. The driver
/// adds what has been counted.
struct DrillSay {
  std::optional<DrillNote> note;
};

/// Give the VIPs of the drill away, with drain.
struct DrillHandOver {};

/// Find out when it is so, and tell on_addresses() or on_neighbour().
struct DrillLook {
  enum class For : std::uint8_t {
    kAddresses,  ///< the VIP's addresses are on this host
    kNeighbour,  ///< this host's neighbour table has another node's hardware address for the VIP
  };
  std::size_t vip = 0;
  For what = For::kAddresses;
};

/// For log and journal.
struct DrillTell {
  bool warning = false;
  std::string state;  ///< "asking", "handing over", ...
  std::string message;
};

/// On the node that leads: the result stands but for what this node has counted.
struct DrillEnded {};

using DrillEffect = std::variant<DrillSay, DrillHandOver, DrillLook, DrillTell, DrillEnded>;
using DrillEffects = std::vector<DrillEffect>;

}  // namespace hapair::vrrp
