#include "apps/hapair/control/status_targets.hpp"

#include <algorithm>
#include <cstdint>

#include "libcheck/core/registry.hpp"

namespace hapair::control {
namespace {

/// They are gathered in one turn of the loop: of so many targets only the last result is told.
constexpr std::size_t kMany = 512;

/// `told`: so many of its last results.
TargetStatus status_of(const check::Registry& registry, const check::Target& target,
                       std::size_t told) {
  const check::RiseFallLimits limits = target.counter.limits();
  TargetStatus out;
  out.name = target.name;
  out.state = check::to_string(target.state);
  out.reason = target.reason;
  out.since = target.since.wall;
  out.checked = target.checked;
  if (target.order != check::Order::kNone) out.order = check::to_string(target.order);
  if (target.follows) out.follows = registry.get(*target.follows).name;
  out.weight_percent = target.weight_percent;
  out.max_connections = target.max_connections;
  out.last_resort = target.last_resort;
  out.rise = limits.rise;
  out.fall = limits.fall;
  out.against = target.counter.against();
  out.checks = target.checks;
  out.failures = target.failures;
  out.observed_failures = target.observed_failures;
  out.times_down = target.times_down;
  for (std::size_t age = 0; age < std::min(target.results.size(), told); ++age) {
    const check::CheckRecord& record = target.results.newest(age);
    out.last_checks.push_back({.time = record.time,
                               .code = std::string(check::short_name(record.result.code)),
                               .status = record.result.status,
                               .duration = record.result.duration,
                               .info = record.result.info});
  }
  return out;
}

}  // namespace

std::vector<TargetStatus> target_statuses(const check::Registry& registry) {
  std::vector<TargetStatus> out;
  std::uint32_t next = 0;
  (void)add_target_statuses(registry, SIZE_MAX, next, out);
  return out;
}

bool add_target_statuses(const check::Registry& registry, std::size_t most, std::uint32_t& next,
                         std::vector<TargetStatus>& out) {
  // In the order of their ids.
  const std::vector<check::TargetId> ids = registry.ids();
  const std::size_t told = ids.size() > kMany ? 1 : check::LastResults::kCapacity;
  if (most == SIZE_MAX) out.reserve(ids.size());
  for (const check::TargetId id : ids) {
    if (id.index < next) continue;
    if (most-- == 0) return false;
    out.push_back(status_of(registry, registry.get(id), told));
    next = id.index + 1;
  }
  return true;
}

}  // namespace hapair::control
