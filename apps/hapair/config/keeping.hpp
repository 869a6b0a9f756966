// From drafts to the model: how clients are kept on their servers, and how often they may.
#pragma once

#include <optional>

#include "apps/hapair/config/draft_keeping.hpp"

namespace hapair::config {

/// `has_secret`: the cluster does.
[[nodiscard]] std::optional<Cookie> build_cookie(const std::optional<Cookie>& from,
                                                 bool has_secret);
[[nodiscard]] std::optional<Stick> build_stick(const std::optional<StickDraft>& from);
[[nodiscard]] std::optional<RateLimit> build_rate_limit(const std::optional<RateLimitDraft>& from);

}  // namespace hapair::config
