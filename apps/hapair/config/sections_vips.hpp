// The keys of one entry of `vips`; a part of describe_config().
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// What a priority may be.
inline constexpr NumberRule kPriority{1, 254,
                                      " (255 is for owners of the address, which hapair never is)"};

void describe_vip(Shape& shape, VipDraft& draft);

}  // namespace hapair::config
