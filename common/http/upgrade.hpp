// The switch of an HTTP/1.1 connection to another protocol (RFC 9110, section 7.8): what a client
// offers, what of it may go on to a server, and whether a server's 101 takes one of the offers.
#pragma once

#include <optional>
#include <string_view>

#include "common/http/fault.hpp"
#include "common/http/head.hpp"

namespace hapair::http {

/// The protocol of WebSockets, by its name in Upgrade and in ":protocol".
inline constexpr std::string_view kWebSocketName = "websocket";
/// Of the opening of a WebSocket (RFC 6455, section 4.1), and what answers it (section 4.2.2).
inline constexpr std::string_view kWebSocketKeyField = "Sec-WebSocket-Key";
inline constexpr std::string_view kWebSocketAcceptField = "Sec-WebSocket-Accept";

/// The protocols that a request's Upgrade fields offer, without other versions of HTTP: those are a
/// matter between neighbours, and an "h2c" that went on would open a way around every rule here.
class UpgradeOffers {
 public:
  explicit UpgradeOffers(const FieldList& fields) : at_(fields.begin()), end_(fields.end()) {}
  /// False when there is none left. `protocol` is as received: "websocket", "IRC/6.9".
  [[nodiscard]] bool next(std::string_view& protocol);

 private:
  const Field* at_;
  const Field* end_;
  std::string_view rest_;
};

/// Judges the Upgrade fields of a complete request head, where Connection names them: a list of
/// protocols; and with "websocket" among them the opening handshake of RFC 6455, section 4.2.1.
[[nodiscard]] std::optional<Fault> judge_upgrade(const RequestHead& head);

/// Whether a server may be asked for another protocol: an HTTP/1.1 request without a body offers
/// one. In any other request the field is ignored, which RFC 9110 always allows.
[[nodiscard]] bool offers_upgrade(const RequestHead& head);

/// Whether a WebSocket is among what the request offers. For requests that offers_upgrade().
[[nodiscard]] bool offers_websocket(const RequestHead& head);

/// Whether a response with status 101 switches to protocols that the request offered.
[[nodiscard]] bool takes_offer(const ResponseHead& response, const RequestHead& request);

}  // namespace hapair::http
