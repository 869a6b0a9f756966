// What the file says of the health checks of servers.
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// The key "check" of a backend; behind its key "tls", which is the check's unless it has its own.
void describe_check(Shape& backend, BackendDraft& draft);

/// The key "check" of a server: where its check differs.
void describe_server_check(Shape& server, ServerDraft& draft);

}  // namespace hapair::config
