// The journal's event of a notify script that has ended. Pure.
#pragma once

#include <string>

#include "apps/hapair/guardian/script_protocol.hpp"
#include "common/base/journal.hpp"

namespace hapair::guardian {

/// `subject`: the VIP or sync group; `script`: its path. Times and what caused it are left to the
/// caller.
[[nodiscard]] base::JournalEvent notify_event(const std::string& subject, const std::string& script,
                                              const NotifyEnded& ended);

}  // namespace hapair::guardian
