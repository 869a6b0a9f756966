// Who may do what over the control socket. Whoever can connect may read: the socket's mode and
// group decide that. Changing takes root or the configured write group.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/net/socket.hpp"

namespace hapair::control {

/// The group named by process.write_group; absent where the config names none.
struct WriteGroup {
  std::string name;
  std::uint32_t gid = 0;
};

[[nodiscard]] bool may_change(const net::PeerCredentials& who,
                              const std::optional<WriteGroup>& write_group);

/// "uid 1000 (pid 4711)".
[[nodiscard]] std::string describe(const net::PeerCredentials& who);

}  // namespace hapair::control
