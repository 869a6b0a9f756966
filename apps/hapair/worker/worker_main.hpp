// The worker's process from the first line to the exit code.
#pragma once

#include "apps/hapair/supervisor/supervisor.hpp"

namespace hapair::worker {

/// `journald`: standard error goes to the journal.
[[nodiscard]] int run_worker(supervisor::WorkerStart&& start, bool journald);

}  // namespace hapair::worker
