// `hapair upgrade`: orders it, and waits for what becomes of it. Meanwhile the process that answers
// becomes another one.
#pragma once

#include <iosfwd>

#include "apps/hapair/control/ask_command.hpp"

namespace hapair::control {

/// Writes what has become of it to `out`, or why nothing has to `err`; the exit code.
int run_upgrade(const AskCommand& command, std::ostream& out, std::ostream& err);

}  // namespace hapair::control
