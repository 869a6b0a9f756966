// The part of the file that says what rules look up; see sections.hpp.
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

void describe_maps(Shape& root, Draft& draft);
/// A match: the map has a key for what the request says.
void describe_map_match(Shape& match, MatchDraft& into);
/// A name, or a look into a map.
void describe_use_backend(Shape& rule, RuleDraft& into);

}  // namespace hapair::config
