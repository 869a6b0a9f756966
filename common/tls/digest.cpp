#include "common/tls/digest.hpp"

#include <openssl/sha.h>

#include "common/base/text.hpp"

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
  std::string hex;
  for (const std::uint8_t byte : sha256(bytes)) base::append_hex(hex, byte);
  return hex;
}

}  // namespace hapair::tls
