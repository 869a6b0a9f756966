// A request head on its way to an HTTP/2 server (RFC 9113, section 8.3.1): what
// write_request_head() writes to an HTTP/1.1 server, as fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/http/h2_request.hpp"
#include "common/http/head.hpp"
#include "common/http/head_writer.hpp"

namespace hapair::http {

/// Text that is in no head; outlives the fields made with it.
struct H2RequestText {
  std::string path;
  std::string length;
  std::string hops;
};

/// How the bytes that follow the head are to be taken.
enum class H2RequestKind {
  kMessage,    ///< as the request's body
  kTunnel,     ///< CONNECT
  kWebSocket,  ///< CONNECT with a protocol (RFC 8441)
};

/// Of an HTTP/1.1 upgrade only a WebSocket has a form in HTTP/2; any other offer ends here.
[[nodiscard]] H2RequestKind h2_kind_of(const RequestHead& head, const RequestPlan& plan);

/// The pseudo-header fields and the others. Views are into the head, the plan and `text`.
void list_request_fields(const RequestHead& head, const RequestPlan& plan, std::string_view scheme,
                         H2RequestText& text, std::vector<H2Field>& out);

}  // namespace hapair::http
