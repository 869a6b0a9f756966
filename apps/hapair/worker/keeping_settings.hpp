// From the model to the balancer's settings: how clients are kept on their servers, and how often
// they may. Pure.
#pragma once

#include <vector>

#include "apps/hapair/config/model.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::worker {

void set_keeping(const config::Model& model, const config::Backend& backend,
                 lb::BackendSettings& settings);
[[nodiscard]] std::vector<lb::RateLimitSettings> rate_limits_of(
    const std::vector<config::RateLimit>& limits);
[[nodiscard]] lb::ClientTableSettings table_settings(const config::Table& table);

}  // namespace hapair::worker
