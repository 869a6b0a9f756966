#include "apps/hapair/config/sections_targets.hpp"

#include <chrono>

#include "apps/hapair/config/rules.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr bool kRequired = true;
constexpr NumberRule kRuns{1, 100, ""};
constexpr DurationRule kUpToHour{0s, 1h};

void describe_interface(Shape& shape, Target& target) {
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

void describe_gateway(Shape& shape, TargetDraft& draft) {
  shape.parsed({"address", "The gateway's address."}, rules::kHostAddress, draft.address);
  shape.choice({"by",
                "\"icmp\": it answers echo requests; \"neighbour\": the kernel finds its hardware "
                "address."},
               {"icmp", "neighbour"}, {GatewayBy::kEcho, GatewayBy::kNeighbour}, draft.target.by);
}

void describe_checking(Shape& shape, TargetDraft& draft) {
  shape.duration({"interval", "Time between two checks."}, DurationRule{100ms, 1h},
                 draft.target.interval);
  shape.duration({"timeout", "A check that takes longer failed; the interval by default."},
                 DurationRule{10ms, 1h}, draft.timeout);
  shape.number({"rise", "So many good checks in a row make it up."}, kRuns, draft.target.rise);
  shape.number({"fall", "So many failed checks in a row make it down."}, kRuns, draft.target.fall);
}

}  // namespace

void describe_target(Shape& shape, TargetDraft& draft) {
  shape.choice(
      {"type", "\"interface\": a network interface passes packets; \"gateway\": a router answers.",
       kRequired},
      {"interface", "gateway"}, {TargetType::kInterface, TargetType::kGateway}, draft.target.type);
  describe_interface(shape, draft.target);
  describe_gateway(shape, draft);
  describe_checking(shape, draft);
  shape.excludes("type", "interface", {"address", "by", "interval", "timeout", "rise", "fall"});
  shape.excludes("type", "gateway", {"addressed", "debounce"});
}

}  // namespace hapair::config
