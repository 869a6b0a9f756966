// What the file says of checks over HTTP.
#pragma once

#include "apps/hapair/config/draft_http_check.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// Its keys in a check.
void describe_http_check(Shape& check, HttpCheckDraft& draft);

}  // namespace hapair::config
