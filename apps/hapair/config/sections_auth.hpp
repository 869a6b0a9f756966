// Who may have requests answered; see sections.hpp.
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// What a rule wants to know before a request goes on.
void describe_auth(Shape& shape, RuleDraft& rule);
void describe_user_lists(Shape& root, Draft& draft);

}  // namespace hapair::config
