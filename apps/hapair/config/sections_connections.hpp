// The keys about connections that several sections have.
#pragma once

#include <optional>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// TCP keep-alive: true, false or an object that says more.
void describe_tcp_keep_alive(Shape& shape, bool& on, TcpKeepAlive& as);
/// The version of the PROXY protocol; SendProxy, or an optional one.
template <class T>
void describe_send_proxy(Shape& shape, T& into) {
  shape.choice({"send_proxy",
                "Begin each connection with a header of this version of the PROXY protocol, which "
                "says whose it is; the server must expect it."},
               {"off", "v1", "v2"}, {SendProxy::kOff, SendProxy::kV1, SendProxy::kV2}, into);
}
/// Where connections to servers leave from.
void describe_source(Shape& shape, std::optional<SourceDraft>& into);

}  // namespace hapair::config
