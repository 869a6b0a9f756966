// The proof that a server has understood the opening of a WebSocket (RFC 6455, section 4.2.2).
// HTTP/2 does without it (RFC 8441, section 5), so who speaks both versions checks it or makes it.
#pragma once

#include <string>
#include <string_view>

#include "common/base/base64.hpp"
#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/http/head.hpp"
#include "common/http/upgrade.hpp"
#include "common/tls/digest.hpp"

namespace hapair::lb {

/// The value of Sec-WebSocket-Accept that answers `key`.
[[nodiscard]] inline std::string websocket_accept(std::string_view key) {
  constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  return base::to_base64(tls::sha1(base::as_bytes(base::concat(key, kGuid))));
}

[[nodiscard]] inline bool is_accepted(const http::ResponseHead& head, std::string_view key) {
  const http::Field* accept = head.fields.find(http::kWebSocketAcceptField);
  return accept != nullptr && accept->value == websocket_accept(key);
}

}  // namespace hapair::lb
