// What an election remembers, as plain values: one process hands it to the next, whose election
// goes on with it as if nothing had been. Times are those of the host's monotonic clock.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "libvrrp/core/effects.hpp"
#include "libvrrp/core/priority.hpp"
#include "libvrrp/core/router_figures.hpp"

namespace hapair::vrrp {

/// The advert that last told of a living master.
struct HeardMaster {
  base::IpAddress from;
  std::uint8_t priority = 0;
  base::Instant at{};

  bool operator==(const HeardMaster&) const = default;
};

struct ElectionMemory {
  State state = State::kInitialize;
  std::uint8_t priority = 0;  ///< with which it has told others of itself last
  base::Duration master_interval{};
  std::optional<base::Instant> deadline{};
  std::optional<HeardMaster> heard{};
  std::optional<HeardMaster> obeyed{};
  std::optional<base::Instant> preempt_at{};
  base::Instant listening_since{};
  base::Instant listen_until{};
  std::optional<std::string> claim{};
  base::Instant master_since{};
  std::optional<base::Instant> asserted{};
  std::uint32_t listened_again = 0;
  bool yields = false;

  bool operator==(const ElectionMemory&) const = default;
};

struct RoleChange {
  State from = State::kInitialize;
  State to = State::kInitialize;
  std::string reason;
  base::Instant at{};
  base::WallTime wall{};
};

/// What one process hands to the next of a router.
struct RouterMemory {
  ElectionMemory election;
  std::deque<RoleChange> history;
  std::uint64_t times_master = 0;
  RouterFigures figures{};
};

}  // namespace hapair::vrrp
