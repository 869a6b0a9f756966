#include "liblb/core/picker.hpp"

#include "liblb/core/pick_first.hpp"
#include "liblb/core/pick_least_connections.hpp"
#include "liblb/core/pick_map.hpp"
#include "liblb/core/pick_random.hpp"
#include "liblb/core/pick_ring.hpp"
#include "liblb/core/pick_round_robin.hpp"

namespace hapair::lb {

std::unique_ptr<Picker> make_picker(const BalanceSettings& balance, std::uint64_t seed) {
  switch (balance.algorithm) {
    case Algorithm::kRoundRobin:
    case Algorithm::kStatic:  // whose servers are given with their configured shares
      break;
    case Algorithm::kLeastConnections:
      return std::make_unique<LeastConnections>();
    case Algorithm::kRandom:
      return std::make_unique<RandomPicker>(balance.draws, seed);
    case Algorithm::kFirst:
      return std::make_unique<FirstPicker>();
    case Algorithm::kHash:
      if (balance.method == HashMethod::kMap) return std::make_unique<MapPicker>(balance.when_full);
      return std::make_unique<RingPicker>(balance.when_full, balance.load_percent);
  }
  return std::make_unique<RoundRobin>();
}

}  // namespace hapair::lb
