// What frontends show of this node, and the admin listener; see sections.hpp.
#pragma once

#include <functional>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

void describe_pages(Shape& frontend, FrontendDraft& draft);
/// A frontend of its own kind; `describe_binds` tells of its binds as of those of any frontend.
void describe_admin(Shape& root, Draft& draft,
                    const std::function<void(Shape&, FrontendDraft&)>& describe_binds);

}  // namespace hapair::config
