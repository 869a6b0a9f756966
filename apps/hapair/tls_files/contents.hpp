// What stands in the files that TLS needs.
#pragma once

#include "apps/hapair/tls_files/tls_file.hpp"
#include "common/base/result.hpp"
#include "common/tls/certificate.hpp"

namespace hapair::tls_files {

[[nodiscard]] base::Result<tls::Certificate> certificate_of(const Item& item);

/// A certificate that can serve.
struct Usable {
  tls::Certificate certificate;         ///< without its OCSP response, where that is no good
  base::Result<void> response_is_good;  ///< or why not; also where there is none
};

/// A response that is no good, or good no more, is no reason to do without the certificate.
[[nodiscard]] base::Result<Usable> usable_of(const Item& item, base::WallTime now);

/// Fails when the item is not what the kind says. Time doesn't count, nor does an OCSP response.
/// What is for rules is looked into by them.
[[nodiscard]] base::Result<void> look_into(Kind kind, const Item& item);

}  // namespace hapair::tls_files
