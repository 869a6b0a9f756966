// HKDF with SHA-256 (RFC 5869): independent keys from one secret.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

namespace hapair::tls {

struct HkdfInput {
  base::Bytes secret;     ///< the input keying material; not empty
  base::Bytes salt;       ///< may be empty
  std::string_view info;  ///< what the key is for; keys with different infos are independent
};

/// 255 blocks of SHA-256: all that RFC 5869, section 2.3 can give.
inline constexpr std::size_t kMaxHkdfBytes = 255 * 32;

/// `length` bytes (1 to kMaxHkdfBytes).
[[nodiscard]] base::Result<std::vector<std::uint8_t>> hkdf_sha256(const HkdfInput& input,
                                                                  std::size_t length);

}  // namespace hapair::tls
