// A tag for the fuzzers: right for one message, wrong for all others, and quick.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libvrrp/core/auth_trailer.hpp"

namespace hapair::fuzz {

class FuzzAuthenticator final : public vrrp::Authenticator {
 public:
  [[nodiscard]] vrrp::AuthTag tag(base::Bytes message) const override {
    vrrp::AuthTag tag{};
    for (std::size_t i = 0; i < message.size(); ++i) {
      auto& byte = tag[i % tag.size()];
      byte = static_cast<std::uint8_t>(byte * 31 + message[i] + 1);
    }
    return tag;
  }
};

}  // namespace hapair::fuzz
