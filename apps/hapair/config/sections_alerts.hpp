// The keys about who is told of changes.
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// One receiver: a webhook, or mail by a relay.
void describe_alert(Shape& shape, AlertDraft& alert);

}  // namespace hapair::config
