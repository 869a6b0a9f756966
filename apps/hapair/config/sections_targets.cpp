#include "apps/hapair/config/sections_targets.hpp"

#include <chrono>

#include "apps/hapair/config/rules.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr bool kRequired = true;
constexpr DurationRule kUpToHour{0s, 1h};

}  // namespace

void describe_target(Shape& shape, Target& target) {
  shape.choice({"type", "\"interface\": a network interface passes packets.", kRequired},
               {"interface"}, {TargetType::kInterface}, target.type);
  shape.text({"network",
              "The interface that the nodes have on the network of that name; their own by "
              "default."},
             rules::kName, target.network);
  shape.text({"interface", "The interface, where all nodes call it so, in place of a network."},
             rules::kInterface, target.interface);
  shape.flag({"addressed",
              "true: the addresses that the file gives the node on that network must be there."},
             target.addressed);
  shape.duration({"debounce", "A change counts once it has lasted so long."}, kUpToHour,
                 target.debounce);
}

}  // namespace hapair::config
