// What the screen shows as a document, for programs: one look at a node. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "apps/hapair/top/rates.hpp"

namespace hapair::top {

/// The documents of one look, as the node told them.
struct Look {
  const nlohmann::ordered_json& status;
  const nlohmann::ordered_json& latency;
  const nlohmann::ordered_json& events;  ///< what was decided since the look before
};

/// `rates` have taken the status. What the node did not tell is null.
[[nodiscard]] nlohmann::ordered_json look_json(const Look& look, const Rates& rates);

}  // namespace hapair::top
