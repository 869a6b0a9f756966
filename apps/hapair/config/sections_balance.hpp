// The keys of a backend about the choice of a server; see sections.hpp.
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

void describe_balance(Shape& shape, BackendDraft& draft);
void describe_backup(Shape& shape, ServerDraft& draft);

}  // namespace hapair::config
