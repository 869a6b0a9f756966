// From drafts to the model: how clients are kept on their servers, and how often they may.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "apps/hapair/config/draft.hpp"

namespace hapair::config {

/// `has_secret`: the cluster does.
[[nodiscard]] std::optional<Cookie> build_cookie(const std::optional<Cookie>& from,
                                                 bool has_secret);
[[nodiscard]] std::optional<Stick> build_stick(const std::optional<StickDraft>& from);
[[nodiscard]] std::vector<RateLimit> build_rate_limits(const std::vector<RateLimitDraft>& from);
/// The frontend's limits, and where it counts.
void build_limits(const Draft& draft, const FrontendDraft& from, Frontend& frontend);
[[nodiscard]] std::vector<Table> build_tables(const std::vector<TableDraft>& from);
/// What was given, and how many.
[[nodiscard]] std::pair<RateOf, std::uint64_t> amount_of(const AmountDraft& from);

}  // namespace hapair::config
