// What stands in the files that TLS needs.
#pragma once

#include "apps/hapair/tls_files/tls_file.hpp"
#include "common/base/result.hpp"
#include "common/tls/certificate.hpp"

namespace hapair::tls_files {

[[nodiscard]] base::Result<tls::Certificate> certificate_of(const Item& item);

/// Fails when the item is not what the kind says. Time doesn't count.
[[nodiscard]] base::Result<void> look_into(Kind kind, const Item& item);

}  // namespace hapair::tls_files
