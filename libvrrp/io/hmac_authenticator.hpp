// The group's key at work: HMAC-SHA256 from OpenSSL for libvrrp/core/auth_trailer.hpp.
#pragma once

#include <algorithm>

#include "common/tls/hmac.hpp"
#include "libvrrp/core/auth_trailer.hpp"

namespace hapair::vrrp {

class HmacAuthenticator final : public Authenticator {
 public:
  explicit HmacAuthenticator(const HmacKey& key) : key_(key) {}

  [[nodiscard]] AuthTag tag(base::Bytes message) const override {
    const tls::HmacSha256 whole = tls::hmac_sha256(key_, message);
    AuthTag tag;
    std::copy_n(whole.begin(), tag.size(), tag.begin());
    return tag;
  }

 private:
  HmacKey key_;
};

}  // namespace hapair::vrrp
