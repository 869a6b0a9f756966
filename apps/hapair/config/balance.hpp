// From the draft to the model: how a server is chosen.
#pragma once

#include "apps/hapair/config/draft_balance.hpp"
#include "liblb/core/balance.hpp"

namespace hapair::config {

/// validate() has found no fault in it.
[[nodiscard]] lb::BalanceSettings build_balance(const BalanceDraft& draft);

}  // namespace hapair::config
