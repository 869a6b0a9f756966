// A number that nobody can guess, from the kernel.
#pragma once

#include <cstdint>

namespace hapair::net {

/// 0 where the kernel has none yet, early in the host's start.
[[nodiscard]] std::uint64_t random_number();

}  // namespace hapair::net
