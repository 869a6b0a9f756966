// The keys of a target.
#pragma once

#include <cstddef>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// Targets of one file.
inline constexpr std::size_t kMaxTargets = 64;

void describe_target(Shape& shape, TargetDraft& draft);

}  // namespace hapair::config
