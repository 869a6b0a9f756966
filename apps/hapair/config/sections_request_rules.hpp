// The part of the file that says what becomes of requests; see sections.hpp.
#pragma once

#include <cstdint>
#include <vector>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// Whose rules they are: a frontend's choose a backend.
enum class RulesOf : std::uint8_t { kFrontend, kBackend };

void describe_request_rules(Shape& owner, RulesOf whose, std::vector<RuleDraft>& into);
void describe_matches(Shape& root, Draft& draft);

}  // namespace hapair::config
