// The first message of a TLS client (RFC 8446, section 4.1.2; RFC 5246, section 7.4.1.2), read
// without taking part in the handshake: which host and protocol the client asks for. Pure; the
// bytes are those of the connection from its first one on, records and all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"

namespace hapair::tls {

/// Records and all: no client sends more, though some come near a tenth of it.
inline constexpr std::size_t kMaxClientHello = 16 * 1024;

struct ClientHello {
  /// The host asked for (SNI, RFC 6066, section 3) in lower case, without a final dot, 1 to 253 of
  /// letters, digits, '-', '_' and '.'. Empty: none, or an address, which is no name.
  std::string server_name;
  /// Protocols offered (ALPN, RFC 7301), the preferred one first, with commas between; those that
  /// are there only to be ignored (RFC 8701) are left out. Any bytes, at most kMaxProtocols.
  std::string protocols;
  /// The highest version offered: 0x0303 is TLS 1.2, 0x0304 is TLS 1.3.
  std::uint16_t version = 0;

  static constexpr std::size_t kMaxProtocols = 255;

  bool operator==(const ClientHello&) const = default;
};

struct HelloParse {
  enum class Status : std::uint8_t {
    kMore,      ///< right so far
    kComplete,  ///< `hello` is all of it
    kFault,     ///< no ClientHello; `fault` says why
  };

  Status status = Status::kMore;
  ClientHello hello{};
  std::string_view fault{};  ///< lives for ever
};

/// More bytes never change a verdict other than kMore; kMaxClientHello bytes always have one.
[[nodiscard]] HelloParse parse_client_hello(base::Bytes bytes);

/// "TLS 1.3"; "TLS 0x0399" where no version has that number.
[[nodiscard]] std::string version_name(std::uint16_t version);

}  // namespace hapair::tls
