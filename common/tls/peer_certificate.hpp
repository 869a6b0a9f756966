// What the certificate that a peer has shown says, in the forms that log lines and header fields
// carry: printable ASCII, whatever stands in the certificate.
#pragma once

#include <openssl/types.h>

#include <string>

namespace hapair::tls {

struct PeerCertificate {
  std::string subject;      ///< "CN=me,O=Example" (RFC 4514, all beyond printable ASCII escaped)
  std::string common_name;  ///< of the subject, the last one, escaped likewise; may be empty
  std::string issuer;       ///< as the subject
  std::string serial;       ///< hexadecimal, upper case: "0A1B"
  std::string fingerprint;  ///< SHA-256 of the DER form, 64 hex digits
  std::string not_before;   ///< "2026-11-26T10:00:00Z"
  std::string not_after;    ///< likewise
  std::string der;          ///< the certificate itself
};

[[nodiscard]] PeerCertificate describe(const X509& certificate);

}  // namespace hapair::tls
