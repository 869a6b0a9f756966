// For a process that only reads files: the network is none of its business.
#pragma once

#include "common/base/result.hpp"

namespace hapair::guardian {

/// No socket but a Unix one can be made any more, by this process or its children. Needs
/// no_new_privs, which keep_capabilities() sets.
[[nodiscard]] base::Result<void> refuse_network();

}  // namespace hapair::guardian
