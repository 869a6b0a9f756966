#include "common/http/framing.hpp"

namespace hapair::http {
namespace {

using Kind = BodyFraming::Kind;

BodyFraming of_length(std::uint64_t length) {
  return length == 0 ? BodyFraming{} : BodyFraming{Kind::kLength, length};
}

}  // namespace

BodyFraming request_body(const RequestHead& head) {
  if (head.framing.chunked) return {Kind::kChunked, 0};
  return of_length(head.framing.content_length);
}

BodyFraming response_body(const ResponseHead& head, Method method) {
  // RFC 9112, section 6.3, items 1 to 8; before them what makes the connection a tunnel, whatever
  // its fields say of a length: 101 (RFC 9110, section 15.2.2) and success of CONNECT (item 2).
  const bool success = head.status >= 200 && head.status <= 299;
  if (head.status == 101 || (method == Method::kConnect && success)) return {Kind::kTunnel, 0};
  if (method == Method::kHead || head.is_interim() || head.status == 204 || head.status == 304) {
    return {};
  }
  if (head.framing.chunked) return {Kind::kChunked, 0};
  if (head.framing.has_content_length) return of_length(head.framing.content_length);
  return {Kind::kUntilClose, 0};
}

BodyFraming framing_towards(Version client, const BodyFraming& from_server) {
  const bool chunks_understood = client == Version::kHttp11;
  switch (from_server.kind) {
    case Kind::kNone:
    case Kind::kLength:
    case Kind::kTunnel:
      return from_server;
    case Kind::kChunked:
    case Kind::kUntilClose:
      return {chunks_understood ? Kind::kChunked : Kind::kUntilClose, 0};
  }
  return from_server;
}

bool wants_keep_alive(Version version, const FramingFacts& facts) {
  if (facts.close) return false;
  return version != Version::kHttp10 || facts.keep_alive;
}

}  // namespace hapair::http
