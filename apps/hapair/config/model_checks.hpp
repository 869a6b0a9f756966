// How servers are spoken to, and checked: a part of the model (model.hpp), whose rules hold here
// too.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "libcheck/core/spec.hpp"

namespace hapair::config {

enum class TlsVersion : std::uint8_t { k12, k13 };

/// The version of the PROXY protocol in which a server is told whose a connection is.
enum class SendProxy : std::uint8_t { kOff = 0, kV1 = 1, kV2 = 2 };

/// What is checked in place of a server's own address or port.
struct CheckPlace {
  std::optional<base::IpAddress> address{};
  std::optional<std::uint16_t> port{};  ///< 1 to 65535

  bool operator==(const CheckPlace&) const = default;
};

/// How a backend's servers are spoken to under TLS. Files are indices into Model::tls_files.
struct ServerTls {
  std::optional<std::size_t> ca{};  ///< absent: nobody asks a server who it is
  std::string name{};  ///< asked for (SNI), and in the certificate; empty: none, and the address
  std::optional<std::size_t> certificate{};  ///< our own
  TlsVersion min_version = TlsVersion::k12;
  std::string ciphers{};       ///< of TLS 1.2, as OpenSSL lists them; empty: tls::Policy's
  std::string ciphersuites{};  ///< of TLS 1.3, likewise
  std::string curves{};        ///< likewise

  auto operator<=>(const ServerTls&) const = default;
};

enum class CheckType : std::uint8_t {
  kTcp,   ///< a connection stands; under TLS the handshake is done
  kTls,   ///< the same, always under TLS
  kHttp,  ///< a request is answered well
  kGrpc,  ///< a server of gRPC says that it serves
  // The service's own protocol; see the kinds of libcheck/core/spec.hpp.
  kSmtp,
  kMysql,
  kPostgresql,
  kRedis,
  kLdap,
  kDns,
  kUdp,
  kAgent,
  kIcmp,    ///< an echo comes back
  kScript,  ///< a program of the operator's says so
};

/// As the file has it: "tcp", "tls", "http", "smtp", ...
[[nodiscard]] constexpr std::string_view to_string(CheckType type) {
  switch (type) {
    case CheckType::kTcp:
      return "tcp";
    case CheckType::kTls:
      return "tls";
    case CheckType::kHttp:
      return "http";
    case CheckType::kSmtp:
      return "smtp";
    case CheckType::kMysql:
      return "mysql";
    case CheckType::kPostgresql:
      return "postgresql";
    case CheckType::kRedis:
      return "redis";
    case CheckType::kLdap:
      return "ldap";
    case CheckType::kDns:
      return "dns";
    case CheckType::kUdp:
      return "udp";
    case CheckType::kAgent:
      return "agent";
    case CheckType::kIcmp:
      return "icmp";
    case CheckType::kGrpc:
      return "grpc";
    case CheckType::kScript:
      return "script";
  }
  return {};
}

struct Check {
  CheckType type = CheckType::kTcp;
  base::Duration interval = std::chrono::seconds(2);  ///< 10ms to 1h
  base::Duration fast_interval{};  ///< 10ms to the interval; the interval unless given
  base::Duration down_interval{};  ///< 10ms to 1h; the interval unless given
  base::Duration timeout{};        ///< 10ms to the interval; the interval unless given
  std::uint16_t rise = 2;          ///< 1 to 100 good results in a row make it up
  std::uint16_t fall = 3;          ///< 1 to 100 bad ones in a row make it down
  base::Duration grace =
      std::chrono::seconds(5);          ///< 0s to 1h without a result make it a last resort
  std::optional<SendProxy> send_proxy;  ///< the server's unless given
  std::optional<ServerTls> tls;         ///< absent: in plain text
  std::vector<std::string> alpn;        ///< under TLS: offered; empty: none is negotiated
  std::uint16_t certificate_days = 0;   ///< under TLS: 0 to 3650; fewer left are a warning
  /// What is said by types with a protocol of their own, and by tcp and tls with steps.
  std::optional<check::CheckKind> service{};

  bool operator==(const Check&) const = default;
};

/// What an agent beside each server is asked, besides the checks. Its word is laid over theirs.
struct Agent {
  CheckPlace place{};  ///< the port is always there; the server's address unless given
  base::Duration interval = std::chrono::seconds(2);  ///< 10ms to 1h
  base::Duration timeout{};  ///< 10ms to the interval, which it is unless given
  std::string send{};        ///< what it is asked with; may be empty

  bool operator==(const Agent&) const = default;
};

}  // namespace hapair::config
