// SipHash-2-4 (Aumasson and Bernstein, 2012): a hash under a key, for tables whose keys come from
// outside. Who does not know the key finds no two texts that lie together.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "common/base/bytes.hpp"

namespace hapair::base {

struct SipKey {
  std::uint64_t low = 0;   ///< the first eight bytes of the key, little-endian
  std::uint64_t high = 0;  ///< the others
};

[[nodiscard]] constexpr std::uint64_t siphash(const SipKey& key, Bytes message) {
  std::uint64_t v0 = key.low ^ 0x736f6d6570736575;
  std::uint64_t v1 = key.high ^ 0x646f72616e646f6d;
  std::uint64_t v2 = key.low ^ 0x6c7967656e657261;
  std::uint64_t v3 = key.high ^ 0x7465646279746573;
  const auto rounds = [&](int count) {
    for (; count > 0; --count) {
      v0 += v1;
      v2 += v3;
      v1 = std::rotl(v1, 13) ^ v0;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 = std::rotl(v0, 32) + v3;
      v2 += v1;
      v3 = std::rotl(v3, 21) ^ v0;
      v1 = std::rotl(v1, 17) ^ v2;
      v2 = std::rotl(v2, 32);
    }
  };
  const auto take = [&](std::uint64_t word) {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  };
  std::uint64_t word = 0;
  std::size_t filled = 0;
  for (const std::uint8_t byte : message) {
    word |= std::uint64_t{byte} << (8 * filled);
    if (++filled < 8) continue;
    take(word);
    word = 0;
    filled = 0;
  }
  take(word | std::uint64_t{message.size() & 0xff} << 56);
  v2 ^= 0xff;
  rounds(4);
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace hapair::base
