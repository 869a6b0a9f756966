// Makes the rules of frontends and backends from the draft; a part of build().
#pragma once

#include <vector>

#include "apps/hapair/config/draft.hpp"
#include "liblb/core/rules/spec.hpp"

namespace hapair::config {

[[nodiscard]] std::vector<lb::rules::Rule> build_rules(const Draft& draft,
                                                       const std::vector<RuleDraft>& from);

}  // namespace hapair::config
