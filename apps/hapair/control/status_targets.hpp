// The registry's targets as the status document shows them.
#pragma once

#include <vector>

#include "apps/hapair/control/status_model.hpp"

namespace hapair::check {
class Registry;
}

namespace hapair::control {

[[nodiscard]] std::vector<TargetStatus> target_statuses(const check::Registry& registry);

}  // namespace hapair::control
