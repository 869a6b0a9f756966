#include "libcheck/io/health_log.hpp"

#include "common/base/text.hpp"

namespace hapair::check {
namespace {

/// HAProxy's capitals, so that old filters for "is DOWN" and "is UP" still catch.
std::string_view loud(State state) {
  switch (state) {
    case State::kUnknown:
      return "UNKNOWN";
    case State::kUp:
      return "UP";
    case State::kDegraded:
      return "DEGRADED";
    case State::kDown:
      return "DOWN";
    case State::kMaintenance:
      return "MAINT";
    case State::kDrain:
      return "DRAIN";
    case State::kResolving:
      return "RESOLVING";
  }
  return {};
}

base::LogLevel level_of(State state) {
  const bool needs_a_look = state == State::kDown || state == State::kDegraded;
  return needs_a_look ? base::LogLevel::kWarning : base::LogLevel::kInfo;
}

}  // namespace

HealthLog::HealthLog(Registry& registry, const base::Logger& log)
    : log_(log), subscription_(registry.subscribe_all(*this)) {}

void HealthLog::on_health_change(TargetId, const Target& target, State previous) noexcept {
  const base::LogLevel level = level_of(target.state);
  if (!log_.takes(level)) return;
  log_.log(
      level, "check-state", target.name,
      base::concat(target.kind == TargetKind::kServer ? "Server " : "Target ", target.name, " is ",
                   loud(target.state), " (was ", loud(previous), "), reason: ", target.reason));
}

}  // namespace hapair::check
