#include "apps/hapair/supervisor/worker_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <ctime>
#include <utility>

#include "apps/hapair/guardian/process_setup.hpp"
#include "apps/hapair/supervisor/seccomp.hpp"

namespace hapair::supervisor {
namespace {

int failed(base::Logger& log, const base::Error& error) {
  log.error("worker-start-failed", "worker", error.message);
  return guardian::kExitFailed;
}

}  // namespace

int run_worker(net::SeqpacketChannel channel, guardian::SharedPage& page, const Identity& identity,
               WorkerMain worker_main, base::Logger& log) {
  ::prctl(PR_SET_NAME, "hapair-worker", 0, 0, 0);
  guardian::reset_signals();
  auto kept = guardian::keep_only(std::move(channel));
  if (!kept) return failed(log, kept.error());
  net::UniqueFd memory_use(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  ::tzset();  // reads a file; afterwards no file can be opened
  if (const auto dropped = drop_privileges(identity); !dropped) {
    return failed(log, dropped.error());
  }
  auto pulse = guardian::WorkerPulse::start(page, kept->fd());
  if (!pulse) return failed(log, pulse.error());
  auto passwords = password::PasswordThread::start();
  if (!passwords) return failed(log, passwords.error());
  if (const auto confined = confine_system_calls(); !confined) {
    return failed(log, confined.error());
  }
  return worker_main(WorkerStart{.channel = std::move(*kept),
                                 .pulse = *pulse,
                                 .passwords = std::move(*passwords),
                                 .memory_use = std::move(memory_use)});
}

}  // namespace hapair::supervisor
