// virtual_routes and virtual_rules of an instance.
#pragma once

#include "apps/hapair/import/keepalived/work.hpp"

namespace hapair::importing::keepalived {

void write_routes(Work& work, const VipInput& vip, JsonTree& out);

}  // namespace hapair::importing::keepalived
