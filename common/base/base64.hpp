// Base64 (RFC 4648, section 4), with padding.
#pragma once

#include <string>

#include "common/base/bytes.hpp"

namespace hapair::base {

[[nodiscard]] std::string to_base64(Bytes bytes);

}  // namespace hapair::base
