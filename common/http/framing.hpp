// How long a body is and whether the connection lives on: RFC 9112, sections 6.3 and 9.3, as pure
// functions of the heads.
#pragma once

#include <cstdint>

#include "common/http/head.hpp"

namespace hapair::http {

struct BodyFraming {
  enum class Kind : std::uint8_t {
    kNone,        ///< no body follows the head
    kLength,      ///< exactly `length` bytes; a length of 0 is kNone
    kChunked,     ///< chunks up to the last chunk and its trailers
    kUntilClose,  ///< up to the end of the connection (responses only)
    kTunnel,      ///< bytes of another protocol, both ways, each way until it is closed
  };

  Kind kind = Kind::kNone;
  std::uint64_t length = 0;  ///< bytes, with kLength

  bool operator==(const BodyFraming&) const = default;
};

[[nodiscard]] BodyFraming request_body(const RequestHead& head);

/// `method` is that of the request this response answers.
[[nodiscard]] BodyFraming response_body(const ResponseHead& head, Method method);

/// How a response body is framed towards a client of that version: chunks become until-close for
/// HTTP/1.0, until-close becomes chunks for HTTP/1.1, so that its connection can live on.
[[nodiscard]] BodyFraming framing_towards(Version client, const BodyFraming& from_server);

/// Whether the sender of this head wants the connection kept after this exchange (RFC 9112,
/// section 9.3). A body framed until-close ends it all the same.
[[nodiscard]] bool wants_keep_alive(Version version, const FramingFacts& facts);

}  // namespace hapair::http
