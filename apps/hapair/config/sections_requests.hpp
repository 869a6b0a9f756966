// The section of the configuration file about what becomes of a frontend's requests; see
// sections.hpp.
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

void describe_requests(Shape& frontend, FrontendDraft& draft);
void describe_error_pages(Shape& shape, std::vector<ErrorPageDraft>& pages);

}  // namespace hapair::config
