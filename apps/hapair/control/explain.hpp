// A VIP's state in sentences, for people: why this node is what it is, and what keeps it from being
// master. Made of the status alone.
#pragma once

#include <string>
#include <vector>

#include "apps/hapair/control/status_model.hpp"

namespace hapair::control {

/// Why the node is what it is for this VIP, what that rests on, and what happened last.
[[nodiscard]] std::vector<std::string> explain(const Status& status, const VipStatus& vip);

/// What keeps the node from being master of this VIP, the weightiest first; that it is, if it is.
[[nodiscard]] std::vector<std::string> why_not(const Status& status, const VipStatus& vip);

}  // namespace hapair::control
