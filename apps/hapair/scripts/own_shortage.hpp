// Errors that say nothing of a script, but of this host: no process, memory or descriptor for it.
#pragma once

#include <cerrno>
#include <cstdint>

namespace hapair::scripts {

/// `code`: an errno.
[[nodiscard]] constexpr bool is_own_shortage(std::uint32_t code) {
  return code == EAGAIN || code == ENOMEM || code == EMFILE || code == ENFILE;
}

}  // namespace hapair::scripts
