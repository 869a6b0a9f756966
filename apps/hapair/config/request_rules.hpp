// Makes the rules of frontends and backends from the draft; a part of build().
#pragma once

#include <vector>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/tls_files/tls_file.hpp"
#include "liblb/core/rules/spec.hpp"

namespace hapair::config {

/// `files`: those of the model.
[[nodiscard]] std::vector<lb::rules::Rule> build_rules(const Draft& draft,
                                                       const std::vector<RuleDraft>& from,
                                                       const std::vector<tls_files::Source>& files);

}  // namespace hapair::config
