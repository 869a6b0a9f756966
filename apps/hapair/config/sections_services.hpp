// The keys of a check that are a service's: what is said, and what must come back.
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// Into the object of the key "check" of a backend, which has the key "type".
void describe_service_check(Shape& shape, ServiceDraft& draft);

/// The key "agent" of a backend.
void describe_agent(Shape& backend, BackendDraft& draft);

}  // namespace hapair::config
