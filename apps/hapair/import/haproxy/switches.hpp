// The expressions of `.if` and `.elif` (configuration.txt, section 2.4).
#pragma once

#include <string_view>

#include "apps/hapair/import/haproxy/words.hpp"
#include "apps/hapair/import/options.hpp"
#include "common/base/result.hpp"

namespace hapair::importing::haproxy {

/// Whether it holds, for the version and the variables. Errors are sentences.
[[nodiscard]] base::Result<bool> evaluate_switch(std::string_view expression,
                                                 const Version& version,
                                                 const Variables& variables);

}  // namespace hapair::importing::haproxy
