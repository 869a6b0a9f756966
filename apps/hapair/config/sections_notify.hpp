// The keys of "notify"; see sections.hpp.
#pragma once

#include <optional>
#include <string_view>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// The key "notify" of an object, whose sentence in the schema is `doc`.
void describe_notify(Shape& shape, std::string_view doc, std::optional<NotifyDraft>& notify);

}  // namespace hapair::config
