// Errors of sockets that say nothing of the other side, but of this host or this process.
#pragma once

#include <cerrno>

namespace hapair::net {

/// No descriptor or memory for a socket. `code`: an errno.
[[nodiscard]] constexpr bool is_own_shortage(int code) {
  return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

}  // namespace hapair::net
