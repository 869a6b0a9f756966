#include "apps/hapair/tls_files/contents.hpp"

#include "common/tls/trust.hpp"

namespace hapair::tls_files {

base::Result<tls::Certificate> certificate_of(const Item& item) {
  return tls::Certificate::parse(item.text, item.key, item.ocsp);
}

base::Result<void> look_into(Kind kind, const Item& item) {
  switch (kind) {
    case Kind::kCertificate: {
      const auto certificate = certificate_of(item);
      if (!certificate) return std::unexpected(certificate.error());
      return {};
    }
    case Kind::kTrust:
      return tls::check_trusted(item.text);
    case Kind::kRevoked:
      break;
  }
  return tls::check_revoked(item.text);
}

}  // namespace hapair::tls_files
