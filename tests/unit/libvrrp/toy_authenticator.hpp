// A tag without cryptography, for tests of what is done with it: it hangs on every byte and the
// key.
#pragma once

#include "libvrrp/core/auth_trailer.hpp"

namespace hapair::vrrp::test {

class ToyAuthenticator final : public Authenticator {
 public:
  explicit ToyAuthenticator(std::uint8_t key) : key_(key) {}

  [[nodiscard]] AuthTag tag(base::Bytes message) const override {
    // FNV-1a, once for each byte of the tag.
    AuthTag tag;
    for (std::size_t i = 0; i < tag.size(); ++i) {
      std::uint64_t hash = 14695981039346656037U + key_ + i;
      for (const std::uint8_t byte : message) hash = (hash ^ byte) * 1099511628211U;
      hash = (hash ^ hash >> 29) * 1099511628211U;
      tag[i] = static_cast<std::uint8_t>(hash >> 40 ^ hash >> 8);
    }
    return tag;
  }

 private:
  std::uint8_t key_;
};

}  // namespace hapair::vrrp::test
