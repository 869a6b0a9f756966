// A hash that is the same on all nodes, in all versions of this program and on all machines: where
// a key goes must not change with an update, nor differ between two nodes. It is XXH64 (the public
// specification by Y. Collet), read byte by byte in little-endian order. Not for secrets.
#pragma once

#include <cstdint>
#include <string_view>

namespace hapair::lb {

[[nodiscard]] std::uint64_t stable_hash(std::string_view bytes, std::uint64_t seed = 0);

/// Spreads the bits of a number over all 64, one to one: the finalizer of splitmix64.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t number) {
  number ^= number >> 30;
  number *= 0xbf58476d1ce4e5b9ULL;
  number ^= number >> 27;
  number *= 0x94d049bb133111ebULL;
  number ^= number >> 31;
  return number;
}

}  // namespace hapair::lb
