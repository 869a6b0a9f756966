// The times of the protocol, as RFC 3768 (section 6.1) and RFC 9568 (section 6.1) compute them.
#pragma once

#include <cstdint>

#include "common/base/time.hpp"
#include "libvrrp/core/packet.hpp"

namespace hapair::vrrp {

/// What the sender of a group's adverts knows of them; nothing by default.
struct SendingSpan {
  /// No pause since then was long enough for a peer to take us for dead.
  base::Instant since = base::Instant::max();
  base::Instant until = base::Instant::min();  ///< the last one left
};

/// What a router of this priority waits longer than one of priority 256 would: the better one is
/// first. Version 2 counts in 256ths of a second, version 3 of the master's interval.
[[nodiscard]] base::Duration skew_time(Version version, std::uint8_t priority,
                                       base::Duration master_interval);

/// How long silence lasts before a backup of this priority takes the master for dead.
[[nodiscard]] base::Duration master_down_interval(Version version, std::uint8_t priority,
                                                  base::Duration master_interval);

/// The interval to believe of a master that claims `claimed`, when ours is `own`: any within a
/// factor of ten of ours (the upper end at least 3 s); outside, the nearest of these. 0 says
/// nothing and counts as ours. Why: docs/decisions/0004-learned-interval.md.
[[nodiscard]] base::Duration believable_interval(base::Duration claimed, base::Duration own);

}  // namespace hapair::vrrp
