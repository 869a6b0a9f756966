// Makes the rules of frontends and backends from the draft; a part of build().
#pragma once

#include <vector>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/requests.hpp"
#include "apps/hapair/tls_files/tls_file.hpp"
#include "liblb/core/rules/spec.hpp"
#include "liblb/core/rules/user_list.hpp"

namespace hapair::config {

/// `files`: what those hold that lists of users name.
[[nodiscard]] std::vector<lb::rules::UserList> build_user_lists(const Draft& draft,
                                                                const FileContents& files);

/// `files`: those of the model.
[[nodiscard]] std::vector<lb::rules::Rule> build_rules(const Draft& draft,
                                                       const std::vector<RuleDraft>& from,
                                                       const std::vector<tls_files::Source>& files);

}  // namespace hapair::config
