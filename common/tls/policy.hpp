// What a TLS endpoint agrees to. The defaults are Mozilla's "intermediate" recommendation (version
// 5.7) for OpenSSL 3: every client of the last ten years, and nothing without forward secrecy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/tls/handles.hpp"

namespace hapair::tls {

enum class Version : std::uint8_t { kTls12, kTls13 };

struct Policy {
  Version min_version = Version::kTls12;
  Version max_version = Version::kTls13;
  /// Of TLS 1.2, as OpenSSL lists them.
  std::string ciphers =
      "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
      "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
      "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
  /// Of TLS 1.3.
  std::string ciphersuites =
      "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
  std::string curves = "X25519:P-256:P-384";
  /// Protocols for ALPN (RFC 7301), the preferred one first; empty: none is negotiated.
  std::vector<std::string> alpn{};
};

/// A context with all of it set; for a server or a client.
[[nodiscard]] base::Result<ContextHandle> make_context(const Policy& policy, bool server);

/// The wire form of a list of protocols. Names of 1 to 255 bytes.
[[nodiscard]] std::string alpn_wire(const std::vector<std::string>& protocols);

}  // namespace hapair::tls
