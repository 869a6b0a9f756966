// The system calls that the worker may make (docs/decisions/0006-seccomp.md). Everything else
// fails with EPERM.
#pragma once

#include "common/base/result.hpp"

namespace hapair::supervisor {

/// Confines the calling thread for good; it must be the only one.
[[nodiscard]] base::Result<void> confine_system_calls();

}  // namespace hapair::supervisor
