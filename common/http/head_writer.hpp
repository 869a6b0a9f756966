// Builds the head that goes on: anew from what was understood, never by copying lines through. One
// framing, hop-by-hop fields and those that Connection names taken off (RFC 9110, section 7.6.1),
// Host kept, the case and order of all other fields kept. Writes into a buffer of the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/http/framing.hpp"
#include "common/http/head.hpp"

namespace hapair::http {

/// RFC 9110, section 7.6.1: whether a field goes on to the next hop. The framing fields do not:
/// they are written anew. `fields` and `facts` are those of its whole head.
[[nodiscard]] bool goes_on(const Field& field, const FieldList& fields, const FramingFacts& facts);

/// What the engine decided about a request on its way to the server.
struct RequestPlan {
  BodyFraming body;                ///< how the body will be framed; kUntilClose is not possible
  bool close = false;              ///< say "Connection: close" to the server
  bool upgrade = false;            ///< pass on the protocols that the client offers
  std::string_view fallback_host;  ///< for a request without Host (HTTP/1.0): the server's own
  std::string_view forwarded_for_name;   ///< field to add, "X-Forwarded-For"; empty: none
  std::string_view forwarded_for_value;  ///< the client's address
  std::span<const Field> added{};        ///< further fields to add, as they are
};

/// The head in origin-form, as HTTP/1.1. Returns its length; nullopt when `out` is too small.
[[nodiscard]] std::optional<std::size_t> write_request_head(std::span<std::uint8_t> out,
                                                            const RequestHead& head,
                                                            const RequestPlan& plan);

/// What the engine decided about a response on its way to the client.
struct ResponsePlan {
  BodyFraming body;                   ///< how the body will be framed towards the client
  Version client = Version::kHttp11;  ///< version of the request
  Method method = Method::kGet;       ///< of the request; HEAD keeps the server's length
  bool close = false;                 ///< the client connection ends with this response
};

/// The head as HTTP/1.1, interim (1xx) ones too. The Upgrade fields go on with a 101, and with a
/// 426, of which they are the message. Returns its length; nullopt when `out` is too small.
[[nodiscard]] std::optional<std::size_t> write_response_head(std::span<std::uint8_t> out,
                                                             const ResponseHead& head,
                                                             const ResponsePlan& plan);

}  // namespace hapair::http
