// The ledger of a runtime directory, for whoever is to act on it next.
#pragma once

#include <string>

#include "apps/hapair/guardian/ledger.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"

namespace hapair::supervisor {

/// Waits a little for an earlier hapair whose supervisor died and which is still handing over;
/// fails with EWOULDBLOCK where the ledger stays in use.
[[nodiscard]] base::Result<guardian::Ledger> open_ledger(const std::string& runtime_dir,
                                                         base::Logger& log);

}  // namespace hapair::supervisor
