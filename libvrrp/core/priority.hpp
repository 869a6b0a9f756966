// From the configured priority and what the node tracks to the priority it runs with.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace hapair::vrrp {

/// Something tracked: a backend that needs servers, an interface that must be up.
struct TrackedCondition {
  std::string name;  ///< "backend web_server"
  bool met = true;
  std::string detail;        ///< the state of things: "0 of 3 servers up, 1 needed"
  std::uint8_t penalty = 0;  ///< taken off the priority while unmet
  bool fault = false;        ///< unmet, the node is unfit to be master at all
};

/// What an election is run with.
struct Fitness {
  bool fit = true;            ///< false: stay out of the election
  std::uint8_t priority = 0;  ///< 1 to 254, or 255 for the owner; still set when unfit
  std::string reason;         ///< which conditions are unmet; empty when none is

  bool operator==(const Fitness&) const = default;
};

/// `base` less the penalties of unmet conditions, 1 to 254. An owner (255) stays one: tracking can
/// make it unfit, never lower it.
[[nodiscard]] Fitness assess_fitness(std::uint8_t base,
                                     std::span<const TrackedCondition> conditions);

}  // namespace hapair::vrrp
