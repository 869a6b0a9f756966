// From the draft to the model: what becomes of a frontend's requests.
#pragma once

#include "apps/hapair/config/draft.hpp"

namespace hapair::config {

void build_requests(const Draft& draft, const FrontendDraft& from, Frontend& frontend);

}  // namespace hapair::config
