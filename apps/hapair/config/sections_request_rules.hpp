// The part of the file that says what becomes of requests; see sections.hpp.
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

void describe_request_rules(Shape& owner, std::vector<RuleDraft>& into);
void describe_matches(Shape& root, Draft& draft);

}  // namespace hapair::config
