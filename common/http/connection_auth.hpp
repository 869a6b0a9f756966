// Schemes of authentication that hold for a whole connection in place of one request: NTLM, and
// Negotiate (RFC 4559). A connection that took part in one must carry nobody else's requests.
#pragma once

#include "common/http/head.hpp"

namespace hapair::http {

/// The request brings credentials of such a scheme.
[[nodiscard]] bool authenticates_connection(const RequestHead& head);
/// The response asks for some.
[[nodiscard]] bool authenticates_connection(const ResponseHead& head);

}  // namespace hapair::http
