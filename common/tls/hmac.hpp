// HMAC with SHA-256 (RFC 2104, RFC 4868).
#pragma once

#include <array>
#include <cstdint>

#include "common/base/bytes.hpp"

namespace hapair::tls {

using HmacSha256 = std::array<std::uint8_t, 32>;

/// `key` of any length, best of 32 bytes.
[[nodiscard]] HmacSha256 hmac_sha256(base::Bytes key, base::Bytes message);

}  // namespace hapair::tls
