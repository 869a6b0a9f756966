// Every key of the configuration, with its type, range, default and meaning. See shape.hpp.
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

void describe_config(Shape& root, Draft& draft);

}  // namespace hapair::config
