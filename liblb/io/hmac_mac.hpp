// HMAC with SHA-256 under the key that the cluster's nodes share for cookies.
#pragma once

#include <string>
#include <utility>

#include "common/base/bytes.hpp"
#include "common/tls/hmac.hpp"
#include "liblb/core/cookie_codec.hpp"

namespace hapair::lb {

class HmacMac final : public Mac {
 public:
  explicit HmacMac(std::string key) : key_(std::move(key)) {}

  [[nodiscard]] Tag of(base::Bytes message) const override {
    return tls::hmac_sha256(base::as_bytes(key_), message);
  }

 private:
  std::string key_;
};

}  // namespace hapair::lb
