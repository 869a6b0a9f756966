#include "libvrrp/core/priority.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "libvrrp/core/group_settings.hpp"

namespace hapair::vrrp {
namespace {

constexpr int kLowestPriority = 1;
constexpr int kHighestPriority = 254;

}  // namespace

Fitness assess_fitness(std::uint8_t base, std::span<const TrackedCondition> conditions) {
  Fitness fitness;
  int priority = base;
  for (const TrackedCondition& condition : conditions) {
    if (condition.met) continue;
    if (!fitness.reason.empty()) fitness.reason += "; ";
    fitness.reason += base::concat(condition.name, ": ", condition.detail);
    if (condition.fault) {
      fitness.fit = false;
    } else if (base != kOwnerPriority) {
      priority -= condition.penalty;
      fitness.reason += base::concat(" (priority -", condition.penalty, ")");
    }
  }
  fitness.priority =
      base == kOwnerPriority
          ? kOwnerPriority
          : static_cast<std::uint8_t>(std::clamp(priority, kLowestPriority, kHighestPriority));
  return fitness;
}

}  // namespace hapair::vrrp
