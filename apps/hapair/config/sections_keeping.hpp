// How clients are kept on their servers, and how often they may; see sections.hpp.
#pragma once

#include <vector>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// The backend's `cookie` and `stick`.
void describe_keeping(Shape& backend, BackendDraft& draft);
/// What stands for a server in the backend's cookie.
void describe_server_cookie(Shape& server, ServerDraft& draft);
/// Of a frontend, which can limit errors and bytes as well, or a backend.
void describe_rate_limits(Shape& shape, bool frontend, std::vector<RateLimitDraft>& into);
/// The file's `tables`, where frontends count, and what rules ask of them.
void describe_tables(Shape& root, Draft& draft);
void describe_count_in(Shape& frontend, FrontendDraft& draft);
void describe_rate_over(Shape& match, MatchDraft& draft);

}  // namespace hapair::config
