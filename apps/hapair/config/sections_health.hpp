// The keys of a backend about what its traffic shows; see sections.hpp.
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

void describe_traffic_health(Shape& shape, BackendDraft& draft);

}  // namespace hapair::config
