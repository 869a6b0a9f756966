// Numbers that nobody can guess, from the kernel.
#pragma once

#include <array>
#include <cstdint>

namespace hapair::net {

/// 0 where the kernel has none yet, early in the host's start.
[[nodiscard]] std::uint64_t random_number();
/// All zero where the kernel has none yet.
[[nodiscard]] std::array<std::uint8_t, 32> random_key();

}  // namespace hapair::net
