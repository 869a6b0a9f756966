// Numbers of the history in 16 bits: 11 bits of value and 5 of a power of two. Small ones are
// exact, others right to a thousandth. Pure.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace hapair::web {

using SmallNumber = std::uint16_t;

inline constexpr int kValueBits = 11;
inline constexpr std::uint64_t kLargestSmallNumber = ((std::uint64_t{1} << kValueBits) - 1) << 31;

/// What is larger than the largest counts as that.
[[nodiscard]] constexpr SmallNumber small(std::uint64_t number) {
  number = std::min(number, kLargestSmallNumber);
  const int shift = std::max(static_cast<int>(std::bit_width(number)) - kValueBits, 0);
  return static_cast<SmallNumber>((static_cast<unsigned>(shift) << kValueBits) |
                                  static_cast<unsigned>(number >> shift));
}

[[nodiscard]] constexpr std::uint64_t large(SmallNumber small) {
  constexpr unsigned kMask = (1U << kValueBits) - 1;
  return std::uint64_t{small & kMask} << (static_cast<unsigned>(small) >> kValueBits);
}

}  // namespace hapair::web
