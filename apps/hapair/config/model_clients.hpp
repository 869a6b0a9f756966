// The part of the model that says what a frontend knows of its clients and allows them; see
// model.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"

namespace hapair::config {

/// Header fields that tell servers of a client's certificate.
struct CertificateFields {
  bool wanted = false;
  std::string prefix = "X-SSL-Client-";
  bool whole = false;  ///< Client-Cert too (RFC 9440)

  bool operator==(const CertificateFields&) const = default;
};

/// Which backend the clients of some hosts get.
struct SniRoute {
  std::vector<std::string> names;  ///< 1 to 64: "www.example", "*.example"
  std::size_t backend = 0;         ///< index

  bool operator==(const SniRoute&) const = default;
};

/// What clients open TLS with is looked into, in mode tcp.
struct InspectTls {
  bool wanted = false;
  base::Duration timeout = std::chrono::seconds(5);  ///< 10ms to 1m: for the whole hello
  std::vector<SniRoute> routes;                      ///< up to 256

  bool operator==(const InspectTls&) const = default;
};

/// What one client address may have at once.
struct PerAddress {
  std::uint32_t max_connections = 0;  ///< 1 to 1000000; 0: no limit
  std::uint32_t max_handshakes = 0;   ///< of TLS; likewise
  std::uint8_t ipv6_prefix = 64;      ///< 16 to 128: an IPv6 client is a network of so many bits
  std::vector<base::Prefix> except;   ///< up to 64: may have any number

  bool operator==(const PerAddress&) const = default;
};

}  // namespace hapair::config
