// The first steps of a worker process, before its own main function: everything that must not be
// its own doing. It gives up descriptors, privileges and system calls, in this order.
#pragma once

#include "apps/hapair/guardian/shared_page.hpp"
#include "apps/hapair/supervisor/privileges.hpp"
#include "apps/hapair/supervisor/run.hpp"
#include "common/base/log.hpp"
#include "common/net/seqpacket.hpp"

namespace hapair::supervisor {

/// Runs in the forked child; the value is its exit code.
[[nodiscard]] int run_worker(net::SeqpacketChannel channel, guardian::SharedPage& page,
                             const Identity& identity, WorkerMain worker_main, base::Logger& log);

}  // namespace hapair::supervisor
