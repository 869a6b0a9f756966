// SHA-256, to tell whether two files are the same; and SHA-1 where a protocol asks for it.
#pragma once

#include <string>

#include "common/base/bytes.hpp"

namespace hapair::tls {

/// 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(base::Bytes bytes);

/// In base64, as the answer to a WebSocket's key has it (RFC 6455, section 4.2.2).
[[nodiscard]] std::string sha1_base64(base::Bytes bytes);

}  // namespace hapair::tls
