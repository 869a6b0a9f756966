#include "apps/hapair/tls_files/contents.hpp"

#include <utility>

#include "common/tls/trust.hpp"

namespace hapair::tls_files {

base::Result<tls::Certificate> certificate_of(const Item& item) {
  return tls::Certificate::parse(item.text, item.key, item.ocsp);
}

base::Result<Usable> usable_of(const Item& item, base::WallTime now) {
  auto whole = certificate_of(item);
  const auto good =
      whole ? whole->check_ocsp_time(now) : base::Result<void>(std::unexpected(whole.error()));
  if (good) return Usable{std::move(*whole), {}};
  auto bare = tls::Certificate::parse(item.text, item.key);
  if (!bare) return std::unexpected(bare.error());
  return Usable{std::move(*bare), good};
}

base::Result<void> look_into(Kind kind, const Item& item) {
  switch (kind) {
    case Kind::kCertificate: {
      const auto certificate = tls::Certificate::parse(item.text, item.key);
      if (!certificate) return std::unexpected(certificate.error());
      return {};
    }
    case Kind::kTrust:
      return tls::check_trusted(item.text);
    case Kind::kHosts:
    case Kind::kMap:
    case Kind::kBody:
      return {};
    case Kind::kRevoked:
      break;
  }
  return tls::check_revoked(item.text);
}

}  // namespace hapair::tls_files
