// IP addresses, prefixes and endpoints as values; reading and writing their text forms.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

namespace hapair::base {

enum class Family : std::uint8_t { kIpv4 = 4, kIpv6 = 6 };

/// An IPv4 or IPv6 address. Default: 0.0.0.0. Ordered as VRRP compares senders: by family, then as
/// an unsigned number in network order (RFC 9568, section 6.4.3).
class IpAddress {
 public:
  constexpr IpAddress() = default;

  [[nodiscard]] static IpAddress v4(std::uint32_t host_order);
  /// Four or sixteen bytes in network order; anything else is an error.
  [[nodiscard]] static Result<IpAddress> from_bytes(Bytes bytes);
  /// Dotted quad (no leading zeros) or RFC 4291 text; no zone, no brackets, no prefix.
  [[nodiscard]] static Result<IpAddress> parse(std::string_view text);
  [[nodiscard]] static IpAddress any(Family family);

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] bool is_v4() const { return family_ == Family::kIpv4; }
  [[nodiscard]] Bytes bytes() const { return {bytes_.data(), is_v4() ? 4U : 16U}; }
  [[nodiscard]] std::uint32_t v4_host_order() const;
  [[nodiscard]] bool is_any() const;
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_multicast() const;
  /// fe80::/10; false for IPv4.
  [[nodiscard]] bool is_link_local() const;
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  Family family_ = Family::kIpv4;
  std::array<std::uint8_t, 16> bytes_{};
};

/// An address with a prefix length: 192.0.2.1/32.
struct Prefix {
  IpAddress address;
  std::uint8_t length = 32;  ///< 0 to 32 or 0 to 128

  /// "192.0.2.1/24"; without a slash the length is that of a single host.
  [[nodiscard]] static Result<Prefix> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool contains(const IpAddress& other) const;

  auto operator<=>(const Prefix&) const = default;
};

/// An address and a port: "192.0.2.1:80", "[2001:db8::1]:80".
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  [[nodiscard]] static Result<Endpoint> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const Endpoint&) const = default;
};

}  // namespace hapair::base
