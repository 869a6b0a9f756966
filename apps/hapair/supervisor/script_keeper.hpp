// The supervisor's part in running scripts: starts the process that runs them for each guardian,
// starts it again, with back-off, when it ends too soon, and ends what a killed one left behind.
// It parses nothing and never waits, but for stop().
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <vector>

#include "apps/hapair/scripts/running_scripts.hpp"
#include "apps/hapair/supervisor/process.hpp"
#include "apps/hapair/supervisor/restart_backoff.hpp"
#include "common/base/log.hpp"
#include "common/base/time.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::supervisor {

class ScriptKeeper {
 public:
  /// How long what a killed process left behind, and has been killed, is waited for before the next
  /// one starts: no script runs beside itself.
  static constexpr base::Duration kLeftoverLimit = std::chrono::seconds(2);
  /// So often it is looked at.
  static constexpr base::Duration kLook = std::chrono::milliseconds(5);
  /// How long stop() waits for the process to leave by itself.
  static constexpr base::Duration kLeaveLimit = std::chrono::milliseconds(500);

  /// The log outlives it. Orphans become children of the calling process from here on.
  explicit ScriptKeeper(base::Logger& log);

  /// A guardian stands. `parts`: those of guardian::ScriptHost; empty: there are no scripts.
  void serve(std::vector<net::UniqueFd> parts, base::Instant now);
  /// The guardian has gone, which the process sees for itself; none is started before serve().
  void retire();
  /// For a process that was forked: it has nothing to do with this.
  void forget() { running_.reset(); }

  /// Readable once the process has ended; -1 when there is none.
  [[nodiscard]] int fd() const { return process_.fd(); }
  [[nodiscard]] pid_t pid() const { return process_.pid(); }
  void on_ended(base::Instant now);
  /// Starts what is due.
  void on_time(base::Instant now);
  [[nodiscard]] std::optional<base::Instant> next_deadline() const;

  /// The end: nothing of it runs any more when this returns, unless the kernel can't end it.
  void stop();

 private:
  void start(base::Instant now);
  /// Ends what the process had running.
  void kill_leftovers(base::Instant now);
  void look_at_leftovers(base::Instant now);

  base::Logger& log_;
  std::vector<net::UniqueFd> parts_;  ///< empty: no guardian, or no scripts
  std::optional<scripts::RunningScripts> running_;
  Process process_;
  bool retired_ = false;  ///< the process is of a guardian that has gone
  RestartBackoff backoff_;
  std::optional<base::Instant> due_;
  std::vector<pid_t> leftovers_;  ///< process groups that have been killed
  base::Instant leftovers_since_{};
  base::Instant look_{};
};

}  // namespace hapair::supervisor
