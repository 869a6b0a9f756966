// The registry's targets as the status document shows them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "apps/hapair/control/status_model.hpp"

namespace hapair::check {
class Registry;
}

namespace hapair::control {

[[nodiscard]] std::vector<TargetStatus> target_statuses(const check::Registry& registry);
/// A part of that: up to `most` targets from the id `next` on, which moves on. True: that was all.
[[nodiscard]] bool add_target_statuses(const check::Registry& registry, std::size_t most,
                                       std::uint32_t& next, std::vector<TargetStatus>& out);

}  // namespace hapair::control
