// Smooth weighted round robin: in every cycle each server is chosen as often as its weight says,
// and a heavy one's turns are spread over the cycle instead of bunched. Each candidate gains its
// weight in credit a round; the richest is chosen and pays the sum of all weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hapair::lb {

class RoundRobin {
 public:
  /// What the choice depends on, one entry for each server in the backend's order.
  struct Candidate {
    std::uint32_t weight = 0;  ///< 0: never chosen
    bool eligible = false;     ///< usable, and not to be avoided this time
  };

  /// The index of the next server; nullopt when none is eligible.
  [[nodiscard]] std::optional<std::size_t> pick(std::span<const Candidate> candidates);

 private:
  std::vector<std::int64_t> credits_;
};

}  // namespace hapair::lb
