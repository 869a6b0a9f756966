#include "libvrrp/core/priority.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "libvrrp/core/group_settings.hpp"

namespace hapair::vrrp {
namespace {

constexpr int kLowestPriority = 1;
constexpr int kHighestPriority = 254;

static_assert(static_cast<int>(Verdict::kUnfit) == kVerdictBands + 1);

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kServes:
      return "serves";
    case Verdict::kBackendsShort:
      return "backends short";
    case Verdict::kBackendsElsewhere:
      return "backends elsewhere";
    case Verdict::kGatewayLost:
      return "gateway lost";
    case Verdict::kUnfit:
      return "unfit";
  }
  return "unknown";
}

std::uint8_t wire_priority(const VerdictScale& scale, std::uint8_t own, Verdict verdict) {
  if (scale.nodes == 0 || verdict == Verdict::kServes || verdict == Verdict::kUnfit) return own;
  const int band = static_cast<int>(verdict) - 1;  // 0 is the uppermost
  const int priority = scale.lowest - 1 - band * scale.nodes - scale.rank;
  return static_cast<std::uint8_t>(std::max(priority, kLowestPriority));
}

Verdict verdict_on_wire(const VerdictScale& scale, std::uint8_t priority) {
  const int below = scale.lowest - priority;  // 1 is the best of the uppermost band
  if (below < 1 || below > kVerdictBands * scale.nodes) return Verdict::kServes;
  return static_cast<Verdict>(1 + (below - 1) / scale.nodes);
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
    fitness.cut_off |= condition.network;
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
