#include "common/tls/digest.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>

namespace hapair::tls {

Sha256 sha256(base::Bytes bytes) {
  Sha256 digest{};
  SHA256(bytes.data(), bytes.size(), digest.data());
  return digest;
}

Sha1 sha1(base::Bytes bytes) {
  Sha1 digest{};
  SHA1(bytes.data(), bytes.size(), digest.data());
  return digest;
}

std::string sha256_hex(base::Bytes bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t byte : sha256(bytes)) {
    hex += kHex[byte >> 4];
    hex += kHex[byte & 0xf];
  }
  return hex;
}

std::string sha1_base64(base::Bytes bytes) {
  const Sha1 digest = sha1(bytes);
  std::array<std::uint8_t, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> text{};
  const int size = EVP_EncodeBlock(text.data(), digest.data(), SHA_DIGEST_LENGTH);
  return std::string(base::as_text({text.data(), static_cast<std::size_t>(size)}));
}

}  // namespace hapair::tls
