// The keys about connections that several sections have.
#pragma once

#include <optional>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// TCP keep-alive: true, false or an object that says more.
void describe_tcp_keep_alive(Shape& shape, bool& on, TcpKeepAlive& as);
/// Where connections to servers leave from.
void describe_source(Shape& shape, std::optional<SourceDraft>& into);

}  // namespace hapair::config
