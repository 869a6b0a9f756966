// A code without cryptography, for tests of what is done with it: it hangs on every byte and the
// key.
#pragma once

#include "common/base/siphash.hpp"
#include "liblb/core/cookie_codec.hpp"

namespace hapair::lb::test {

class ToyMac final : public Mac {
 public:
  explicit ToyMac(std::uint64_t key = 1) : key_(key) {}

  [[nodiscard]] Tag of(base::Bytes message) const override {
    Tag tag{};
    for (std::size_t i = 0; i < tag.size(); ++i) {
      tag[i] = static_cast<std::uint8_t>(base::siphash({.low = key_, .high = i}, message));
    }
    return tag;
  }

 private:
  std::uint64_t key_;
};

}  // namespace hapair::lb::test
