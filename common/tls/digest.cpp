#include "common/tls/digest.hpp"

#include <openssl/sha.h>

#include <array>
#include <cstdint>

namespace hapair::tls {

std::string sha256_hex(base::Bytes bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes.data(), bytes.size(), digest.data());
  std::string hex;
  for (const std::uint8_t byte : digest) {
    hex += kHex[byte >> 4];
    hex += kHex[byte & 0xf];
  }
  return hex;
}

}  // namespace hapair::tls
