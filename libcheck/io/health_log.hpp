// Writes every change of a target's state to the log, in the words that HAProxy's users grep for:
// Server web_server/node1 is DOWN, reason: Layer7 wrong status, code: 500, ...
#pragma once

#include "common/base/log.hpp"
#include "libcheck/core/registry.hpp"

namespace hapair::check {

class HealthLog final : public HealthListener {
 public:
  HealthLog(Registry& registry, const base::Logger& log);

 private:
  void on_health_change(TargetId id, const Target& target, State previous) noexcept override;
  void on_health_adopted(TargetId, const Target&, State) noexcept override {}  // it is written

  const base::Logger& log_;
  Subscription subscription_;
};

}  // namespace hapair::check
