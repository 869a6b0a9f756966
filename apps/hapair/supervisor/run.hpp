// The public face of this room: what `hapair run` is given and how it is run.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "apps/hapair/guardian/config_source.hpp"
#include "apps/hapair/guardian/worker_pulse.hpp"
#include "apps/hapair/supervisor/successor.hpp"
#include "common/base/log.hpp"
#include "common/base/time.hpp"
#include "common/net/seqpacket.hpp"
#include "common/net/unique_fd.hpp"
#include "common/password/password_thread.hpp"

namespace hapair::supervisor {

/// The exit code where a right or a file is missing.
inline constexpr int kExitAccess = 4;

struct RunOptions {
  std::string runtime_dir = "/run/hapair";
  Invocation invocation{};  ///< for the program that takes this one's place
  int successor = -1;       ///< the channel to a hapair whose place this one is to take; -1: none
  /// How long the service manager lets the supervisor be silent; zero: for ever.
  base::Duration watchdog{};
};

/// What a worker begins with. It runs as its own user, without capabilities, under seccomp; its
/// only descriptors are stdio, the channel to the guardian and what is said below.
struct WorkerStart {
  net::SeqpacketChannel channel;
  guardian::WorkerPulse& pulse;
  /// Its only other thread, begun before the filter was loaded that forbids more.
  std::unique_ptr<password::PasswordThread> passwords;
  /// /proc/self/statm, since the worker can't open files; may be none.
  net::UniqueFd memory_use;
};

/// The worker's main function; its value is the process's exit code (1: could not start).
using WorkerMain = int (*)(WorkerStart&& start);

/// Runs until told to leave. The exit code of the process: see README, "Exit codes".
[[nodiscard]] int run(const RunOptions& options, guardian::ConfigSource& config,
                      WorkerMain worker_main, base::Logger& log);

/// `hapair release`: takes off what the ledger lists, once hapair does not run any more. The exit
/// code of the process; what was done goes to `out`.
[[nodiscard]] int release(const std::string& runtime_dir, base::Logger& log, std::ostream& out);

}  // namespace hapair::supervisor
