// SHA-256, to tell whether two files are the same; and SHA-1 where a protocol asks for it.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "common/base/bytes.hpp"

namespace hapair::tls {

using Sha256 = std::array<std::uint8_t, 32>;
using Sha1 = std::array<std::uint8_t, 20>;

[[nodiscard]] Sha256 sha256(base::Bytes bytes);
[[nodiscard]] Sha1 sha1(base::Bytes bytes);

/// 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(base::Bytes bytes);

}  // namespace hapair::tls
