// Rules at work on a connection of a frontend in mode tcp, before it is relayed.
#pragma once

#include "common/net/socket.hpp"
#include "liblb/io/client.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/frontend.hpp"

namespace hapair::lb {

// In both the frontend has rules.

/// Whether they ask for what the client opens TLS with, which passes through here.
[[nodiscard]] bool rules_await_hello(Frontend& frontend, const net::Accepted& accepted);

/// Takes the connection through them: it gets a backend, and perhaps a server and a priority there.
/// False: it is refused, or there is no backend for it; it was counted and logged, and ends with
/// `client`.
[[nodiscard]] bool obey_rules(Context& context, Frontend& frontend, Listener& listener,
                              Client& client);

}  // namespace hapair::lb
