// What a client is told by, in tables of clients: its address, a field or cookie of its request, or
// the host that it asks for under TLS. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/ip_address.hpp"
#include "common/base/siphash.hpp"
#include "common/http/head.hpp"
#include "liblb/core/key_table.hpp"

namespace hapair::lb {

enum class KeySource : std::uint8_t {
  kAddress,
  kHeader,
  kCookie,
  kServerName,  ///< mode tcp, where the client's hello is looked into
};

struct ClientKeySettings {
  KeySource source = KeySource::kAddress;
  std::string name{};             ///< of the field or cookie
  std::uint8_t ipv6_prefix = 64;  ///< 1 to 128: an IPv6 client is a network of so many bits

  bool operator==(const ClientKeySettings&) const = default;
};

/// IPv4 addresses lie where IPv6 has its IPv4-mapped ones (RFC 4291, section 2.5.5.2).
[[nodiscard]] TableKey key_of(const base::IpAddress& address, std::uint8_t ipv6_prefix);
/// A hash: texts of any length are told apart by 128 bits under a key.
[[nodiscard]] TableKey key_of(std::string_view text, const base::SipKey& hash);

/// By a field or cookie; nullopt where the request has none, or it is empty.
[[nodiscard]] std::optional<TableKey> key_of(const http::RequestHead& request,
                                             const ClientKeySettings& settings,
                                             const base::SipKey& hash);

/// "192.0.2.7", "2001:db8::"; a hash in hexadecimal digits.
[[nodiscard]] std::string to_text(const TableKey& key, KeySource source);

/// What to_text() has told; or the field's, cookie's or host's own text. nullopt: no address where
/// it is to be one, or empty.
[[nodiscard]] std::optional<TableKey> parse_key(std::string_view text,
                                                const ClientKeySettings& settings,
                                                const base::SipKey& hash);

}  // namespace hapair::lb
