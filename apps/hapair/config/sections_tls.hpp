// What the file says of TLS.
#pragma once

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// The key "tls" of a bind.
void describe_bind_tls(Shape& bind, std::optional<TlsDraft>& tls);

/// The key "tls" of a backend.
void describe_server_tls(Shape& backend, BackendDraft& draft);
/// What stands in it.
void describe_server_tls_keys(Shape& shape, ServerTlsDraft& tls);

}  // namespace hapair::config
