#include "common/tls/hmac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cassert>

namespace hapair::tls {

HmacSha256 hmac_sha256(base::Bytes key, base::Bytes message) {
  HmacSha256 out{};
  unsigned length = 0;
  const auto* done = ::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(),
                            message.size(), out.data(), &length);
  assert(done != nullptr && length == out.size());
  static_cast<void>(done);
  return out;
}

}  // namespace hapair::tls
