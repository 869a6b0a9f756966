// What TLS says of a client's certificate, in the terms of its header fields.
#pragma once

#include <cstddef>
#include <memory>

#include "common/tls/peer_certificate.hpp"
#include "liblb/core/certificate_fields.hpp"

namespace hapair::lb {

/// A head on its way to a server has room for so much in a buffer, beside what is always added.
inline constexpr std::size_t kMaxHeadWithFields = 16 * 1024;

/// `added`: bytes of what else the head gets.
[[nodiscard]] inline bool fits_with(const CertificateFields* fields, std::size_t head_bytes,
                                    std::size_t added) {
  if (fields != nullptr) added += fields->bytes();
  return added == 0 || head_bytes + added <= kMaxHeadWithFields;
}

[[nodiscard]] inline std::unique_ptr<const CertificateFields> fields_of(
    const tls::PeerCertificate& certificate, const CertificateFieldSettings& settings) {
  return std::make_unique<const CertificateFields>(
      settings, CertificateFacts{.subject = certificate.subject,
                                 .common_name = certificate.common_name,
                                 .issuer = certificate.issuer,
                                 .serial = certificate.serial,
                                 .fingerprint = certificate.fingerprint,
                                 .not_before = certificate.not_before,
                                 .not_after = certificate.not_after,
                                 .der = certificate.der});
}

}  // namespace hapair::lb
