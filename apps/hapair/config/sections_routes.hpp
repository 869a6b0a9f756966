// The keys of the routes and rules that move with a VIP, told to a Shape.
#pragma once

#include "apps/hapair/config/draft.hpp"

namespace hapair::config {

void describe_routes(Shape& shape, VipDraft& vip);

}  // namespace hapair::config
