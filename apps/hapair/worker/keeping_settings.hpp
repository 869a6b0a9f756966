// From the model to the balancer's settings: how clients are kept on their servers, and how often
// they may. Pure.
#pragma once

#include <optional>

#include "apps/hapair/config/model.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::worker {

void set_keeping(const config::Model& model, const config::Backend& backend,
                 lb::BackendSettings& settings);
[[nodiscard]] std::optional<lb::RateLimitSettings> rate_limit_of(
    const std::optional<config::RateLimit>& limit);

}  // namespace hapair::worker
