#include "apps/hapair/worker/worker_main.hpp"

#include <utility>

#include "apps/hapair/logging/stderr_sink.hpp"
#include "apps/hapair/worker/memory_reserve.hpp"
#include "apps/hapair/worker/worker.hpp"
#include "common/base/log.hpp"
#include "common/event/event_loop.hpp"

namespace hapair::worker {

int run_worker(supervisor::WorkerStart&& start, bool journald) {
  // Until the config has said where records go, those that matter go to standard error.
  logging::StderrSink early(journald);
  base::Logger log;
  log.add_sink(early, base::LogLevel::kWarning);
  const auto loop = event::EventLoop::create();
  if (!loop) {
    log.error("worker-start-failed", "", loop.error().message);
    return 1;
  }
  memory_reserve::install();
  Worker worker(**loop, std::move(start), log);
  if (const auto ready = worker.set_up(journald); !ready) {
    log.error("worker-start-failed", "", ready.error().message);
    return 1;
  }
  return worker.run();
}

}  // namespace hapair::worker
