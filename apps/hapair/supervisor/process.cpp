#include "apps/hapair/supervisor/process.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "common/base/text.hpp"

namespace hapair::supervisor {

std::string Ending::to_string() const {
  if (!by_signal) return base::concat("exit code ", code);
  return base::concat("signal ", code, " (", ::strsignal(code), ")");
}

base::Result<Process> Process::start(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid < 0) {
    return base::os_fail(
        "fork (tried again soon; raise TasksMax= of the service, kernel.pid_max or the memory of "
        "this host)");
  }
  if (pid == 0) std::exit(body());
  Process process;
  process.pid_ = pid;
  process.pidfd_ = net::UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.pidfd_) {
    const auto failure = base::os_fail("pidfd_open");
    process.kill();
    process.reap();
    return failure;
  }
  return process;
}

void Process::kill() {
  if (running()) ::kill(pid_, SIGKILL);
}

bool Process::wait(base::Duration limit) const {
  if (!running()) return true;
  pollfd wait{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  return ::poll(&wait, 1, static_cast<int>(ms)) > 0;
}

Ending Process::reap() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  pidfd_.reset();
  if (WIFSIGNALED(status)) return {.by_signal = true, .code = WTERMSIG(status)};
  return {.by_signal = false, .code = WEXITSTATUS(status)};
}

void log_ending(base::Logger& log, std::string_view subject, const Ending& ending,
                const RestartBackoff& backoff) {
  log.warning("process-ended", subject,
              base::concat("ended with ", ending.to_string(), ": starting it again"));
  if (backoff.loops()) {
    log.error("crash-loop", subject,
              base::concat("ended ", backoff.row(),
                           " times in a row; it is tried again every few seconds"));
  }
}

}  // namespace hapair::supervisor
