// What a frontend knows of its clients, and allows them, beyond HTTP: their certificates, what they
// open TLS with, how many connections each has; see sections.hpp.
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

void describe_clients(Shape& frontend, FrontendDraft& draft);

}  // namespace hapair::config
