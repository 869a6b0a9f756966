// The keys about servers that are given by name.
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// Who is asked for names, and how long answers hold.
void describe_resolver(Shape& shape, ResolverDraft& resolver);
/// A server's address, or the name that stands for it.
void describe_server_address(Shape& shape, ServerDraft& server);

}  // namespace hapair::config
