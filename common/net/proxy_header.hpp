// The header of the PROXY protocol, versions 1 (a line) and 2 (a block): what a proxy sends first
// on a connection to tell whose it is (proxy-protocol.txt of the HAProxy project, sections 2.1 and
// 2.2). Pure: bytes in, values out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"
#include "common/net/proxy_records.hpp"

namespace hapair::net {

enum class ProxyVersion : std::uint8_t { kNone = 0, kV1 = 1, kV2 = 2 };

/// The longest header that is accepted: of version 1 the protocol's own limit.
inline constexpr std::size_t kMaxProxyV1 = 107;
inline constexpr std::size_t kMaxProxyV2 = 4096;
/// The longest one that is written here.
inline constexpr std::size_t kMaxProxyWritten = kMaxProxyV1;

/// Both ends of a relayed connection.
struct ProxiedEnds {
  base::Endpoint source;       ///< the client
  base::Endpoint destination;  ///< where it connected to

  bool operator==(const ProxiedEnds&) const = default;
};

struct ProxyParse {
  enum class Status : std::uint8_t {
    kMore,      ///< so far it may be a header
    kComplete,  ///< `bytes` of it, and `ends`
    kFault,     ///< it is none
  };
  Status status = Status::kMore;
  std::size_t bytes = 0;
  /// Absent where the header says nothing: LOCAL and UNKNOWN, or not TCP over IPv4 or IPv6. Then
  /// the connection's own ends count.
  std::optional<ProxiedEnds> ends{};
  std::string_view fault{};         ///< why, in words
  std::optional<ProxiedTls> tls{};  ///< with `ends`; absent where the header does not tell of it
};

/// Reads a header from the first bytes of a connection. Total: any bytes give an answer.
[[nodiscard]] ProxyParse parse_proxy_header(base::Bytes bytes);

/// Writes a header; returns its length, at most kMaxProxyWritten, which `room` must have. Without
/// `ends`, or with ends of two families in version 1, it is UNKNOWN or LOCAL: the proxy's own
/// connection, such as a health check. `version` must not be kNone.
std::size_t write_proxy_header(std::span<std::uint8_t> room, ProxyVersion version,
                               const std::optional<ProxiedEnds>& ends);

}  // namespace hapair::net
