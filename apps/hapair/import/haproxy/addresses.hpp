// Addresses of `bind`, `server`, `log` and others in HAProxy's many forms (configuration.txt,
// section 11).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/ip_address.hpp"

namespace hapair::importing::haproxy {

struct Address {
  enum class Form : std::uint8_t {
    kAny,    ///< "*:80", ":80", "0.0.0.0:80"
    kAny6,   ///< ":::80", "[::]:80"
    kIp,     ///< an address
    kName,   ///< a name of a host
    kUnix,   ///< a path
    kOther,  ///< abstract sockets, descriptors, QUIC
  };
  Form form = Form::kOther;
  std::string host{};  ///< the address, the name or the path as written, without brackets
  std::optional<base::IpAddress> ip{};
  std::uint32_t port = 0;       ///< 0: none is given
  std::uint32_t last_port = 0;  ///< of a range; else the same
  bool relative = false;        ///< "+1000": added to the port that a client came to
};

[[nodiscard]] std::optional<base::IpAddress> parse_ip(std::string_view text);

/// Nullopt where it is none at all.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
/// "192.0.2.1:80", "[2001:db8::1]:80", "name:80"
[[nodiscard]] std::string host_and_port(const Address& address, std::uint32_t port);

}  // namespace hapair::importing::haproxy
