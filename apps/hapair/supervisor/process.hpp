// A child process that the supervisor watches: forked, followed by its pidfd, reaped once.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "apps/hapair/supervisor/restart_backoff.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::supervisor {

/// How a process ended.
struct Ending {
  bool by_signal = false;
  int code = 0;  ///< exit code or signal number

  /// "exit code 3", "signal 9 (Killed)".
  [[nodiscard]] std::string to_string() const;
};

class Process {
 public:
  Process() = default;

  /// Forks. The child runs `body`, exits with its value, and never returns.
  [[nodiscard]] static base::Result<Process> start(const std::function<int()>& body);

  [[nodiscard]] bool running() const { return pid_ > 0; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Readable once the process has ended; -1 when there is none.
  [[nodiscard]] int fd() const { return pidfd_.get(); }

  void kill();
  /// Waits for the end, at most that long; true when it has ended.
  [[nodiscard]] bool wait(base::Duration limit) const;
  /// To be called once it has ended.
  Ending reap();

 private:
  pid_t pid_ = 0;
  net::UniqueFd pidfd_;
};

/// It is started again; an error once it has ended too often in a row.
void log_ending(base::Logger& log, std::string_view subject, const Ending& ending,
                const RestartBackoff& backoff);

}  // namespace hapair::supervisor
