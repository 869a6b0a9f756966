// What of the traffic of one model goes on under the next one as it is, what has to become another
// generation, and what can't change at all while all runs. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/worker/health_wiring.hpp"
#include "apps/hapair/worker/model_map.hpp"

namespace hapair::worker {

struct TrafficPlan {
  /// By the next model's indexes. Kept: with listeners, connections, queues, tables, servers.
  struct Part {
    std::optional<std::size_t> before{};  ///< where it was; absent: it is new
    bool kept = false;
  };
  std::vector<Part> tables;
  std::vector<BackendFate> backends;
  std::vector<Part> frontends;
  bool keeps_shelf = false;
};

/// Some rule names a server of that backend by its place.
[[nodiscard]] bool names_servers(const config::Model& model, std::size_t backend);

/// `in_file_order`: by the running model's backends, whether its servers have the places that the
/// model says.
[[nodiscard]] TrafficPlan plan_traffic(const config::Model& running, const config::Model& next,
                                       const ModelMap& map, const std::vector<bool>& in_file_order);

}  // namespace hapair::worker
