// SHA-256, to tell whether two files are the same.
#pragma once

#include <string>

#include "common/base/bytes.hpp"

namespace hapair::tls {

/// 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(base::Bytes bytes);

}  // namespace hapair::tls
