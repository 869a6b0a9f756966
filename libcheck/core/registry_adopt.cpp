// Targets that another process has watched before.
#include <utility>

#include "libcheck/core/registry.hpp"

namespace hapair::check {

void Registry::adopt(TargetId id, const Target& known, Moment now) {
  Target& target = entry(id).target;
  target.results = known.results;
  // A verdict without a result would be one that nobody can give a reason for.
  if (target.checked && known.results.size() > 0) target.counter.adopt(known.counter);
  target.warns = known.warns;
  target.tried = known.tried;
  target.agent_down = known.agent_down;
  target.agent_admin = known.agent_admin;
  target.weight_percent = known.weight_percent;
  target.max_connections = known.max_connections;
  target.order = known.order;
  target.agent_reason = known.agent_reason;
  target.order_reason = known.order_reason;
  target.checks = known.checks;
  target.failures = known.failures;
  target.observed_failures = known.observed_failures;
  target.times_down = known.times_down;
  stand_quietly(id, now);
  if (target.state != known.state) return;
  target.since = known.since;
  if (!known.reason.empty()) target.reason = known.reason;
}

void Registry::stand_quietly(TargetId id, Moment now) {
  Target& target = entry(id).target;
  const Target* const followed = followed_by(target);
  const Standing standing = stand(target, followed);
  const State before = std::exchange(target.state, standing.state);
  target.last_resort = standing.last_resort;
  target.cause = standing.cause;
  target.reason = reason_of(standing, target, followed);
  if (before == target.state) return tell(id, std::nullopt);
  target.since = now;
  telling_ = true;
  for (Listeners* listeners : {&listeners_to_all_, &entry(id).listeners}) {
    const std::size_t count = listeners->size();
    for (std::size_t i = 0; i < count; ++i) {
      if ((*listeners)[i] != nullptr) (*listeners)[i]->on_health_adopted(id, target, before);
    }
    std::erase(*listeners, nullptr);
  }
  telling_ = false;
  for (std::size_t i = 0; i < entry(id).followers.size(); ++i) {
    stand_quietly(entry(id).followers[i], now);
  }
}

}  // namespace hapair::check
