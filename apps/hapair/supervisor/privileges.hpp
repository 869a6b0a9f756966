// Turns the process that is about to be the worker into one without privilege: its own user, no
// capability, no way to gain one, no core file.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.hpp"

namespace hapair::supervisor {

struct Identity {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string user;  ///< the name, for messages
};

/// For good. Also raises the limit of open files to what this host allows.
[[nodiscard]] base::Result<void> drop_privileges(const Identity& identity);

}  // namespace hapair::supervisor
