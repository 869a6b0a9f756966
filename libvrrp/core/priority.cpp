#include "libvrrp/core/priority.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "libvrrp/core/group_settings.hpp"

namespace hapair::vrrp {
namespace {

constexpr int kLowestPriority = 1;
constexpr int kHighestPriority = 254;

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kServes:
      return "serves";
    case Verdict::kBackendsShort:
      return "backends short";
    case Verdict::kGatewayLost:
      return "gateway lost";
    case Verdict::kUnfit:
      return "unfit";
  }
  return "unknown";
}

std::uint8_t wire_priority(const VerdictScale& scale, std::uint8_t own, Verdict verdict) {
  if (scale.nodes == 0) return own;
  int priority = own;
  switch (verdict) {
    case Verdict::kServes:
    case Verdict::kUnfit:
      return own;
    case Verdict::kBackendsShort:
      priority = scale.lowest - 1 - scale.rank;
      break;
    case Verdict::kGatewayLost:
      priority = scale.lowest - 1 - scale.nodes - scale.rank;
      break;
  }
  return static_cast<std::uint8_t>(std::max(priority, kLowestPriority));
}

Verdict verdict_on_wire(const VerdictScale& scale, std::uint8_t priority) {
  const int below = scale.lowest - priority;  // 1 is the best of the upper band
  if (below < 1 || below > 2 * scale.nodes) return Verdict::kServes;
  return below <= scale.nodes ? Verdict::kBackendsShort : Verdict::kGatewayLost;
}

Fitness assess_fitness(std::uint8_t base, const VerdictScale& scale,
                       std::span<const TrackedCondition> conditions) {
  Fitness fitness;
  int penalties = 0;
  for (const TrackedCondition& condition : conditions) {
    if (condition.met) continue;
    if (!fitness.reason.empty()) fitness.reason += "; ";
    fitness.reason += base::concat(condition.name, ": ", condition.detail);
    fitness.verdict = std::max(fitness.verdict, condition.verdict);
    if (condition.penalty == 0 || base == kOwnerPriority) continue;
    penalties += condition.penalty;
    fitness.reason += base::concat(" (priority -", condition.penalty, ")");
  }
  fitness.priority = base;
  if (base == kOwnerPriority) return fitness;
  const int priority = wire_priority(scale, base, fitness.verdict) - penalties;
  fitness.priority =
      static_cast<std::uint8_t>(std::clamp(priority, kLowestPriority, kHighestPriority));
  return fitness;
}

}  // namespace hapair::vrrp
