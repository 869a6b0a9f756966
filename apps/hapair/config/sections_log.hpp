// The keys of an entry of "log"; see sections.hpp.
#pragma once

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

void describe_log_target(Shape& shape, LogTarget& target);

}  // namespace hapair::config
