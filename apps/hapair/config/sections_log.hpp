// The keys of an entry of "log", and of "metrics"; see sections.hpp.
#pragma once

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

void describe_log_target(Shape& shape, LogTarget& target);
void describe_metrics(Shape& shape, Metrics& metrics);

}  // namespace hapair::config
