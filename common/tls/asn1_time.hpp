// Times as certificates have them. Only for common/tls.
#pragma once

#include <openssl/types.h>

#include "common/base/time.hpp"

namespace hapair::tls {

/// What ends after 2250 counts as ending then; a malformed time is the epoch.
[[nodiscard]] base::WallTime wall_time(const ASN1_TIME* time);

}  // namespace hapair::tls
