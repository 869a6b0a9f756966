// The body of POST /v1/log, an order about a log target, and the answer to it.
#pragma once

#include <string_view>

#include "apps/hapair/control/actions.hpp"
#include "apps/hapair/control/answer.hpp"
#include "common/base/result.hpp"

namespace hapair::control {

/// Of {"target": INDEX or NAME, "level": LEVEL, "enabled": true or false}, either of the last two
/// or both; anything else is an error in words.
[[nodiscard]] base::Result<LogOrder> parse_log_order(std::string_view body);

/// Gives the order of `who`, who may; the answer is that of GET /v1/log afterwards.
[[nodiscard]] ControlAnswer order_log(std::string_view body, std::string_view who,
                                      const StatusSource& status, ControlActions& actions);

}  // namespace hapair::control
