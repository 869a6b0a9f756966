// From the draft to the model: what becomes of a frontend's requests.
#pragma once

#include "apps/hapair/config/draft.hpp"

namespace hapair::config {

/// `backend`: the frontend's default one; may be null.
void build_requests(const FrontendDraft& from, const BackendDraft* backend,
                    RequestOptions& requests);

}  // namespace hapair::config
