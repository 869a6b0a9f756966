#include "apps/hapair/scripts/script_child.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "apps/hapair/scripts/look.hpp"

namespace hapair::scripts {
namespace {

constexpr int kExitNotStarted = 127;
constexpr mode_t kMask = 022;
constexpr rlim_t kMemlock = 8 * 1024 * 1024;
constexpr rlim_t kFiles = 1024;

/// Ends the child; the parent reads which step failed.
[[noreturn]] void give_up(int failure, std::string_view step) {
  ChildFailure message{.step = {}, .code = errno};
  std::copy_n(step.begin(), std::min(step.size(), message.step.size() - 1), message.step.begin());
  (void)!::write(failure, &message, sizeof message);
  ::_exit(kExitNotStarted);
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// /dev/null for input, the pipe for both outputs, and nothing else but the way back.
bool arrange_descriptors(ChildPipes& pipes) {
  constexpr int kFailure = 3;
  const int null = ::open("/dev/null", O_RDONLY);
  // Above the numbers that are to be filled, so that none is overwritten before it is used.
  const int output = ::fcntl(pipes.output, F_DUPFD, kFailure + 1);
  const int failure = ::fcntl(pipes.failure, F_DUPFD, kFailure + 1);
  if (null < 0 || output < 0 || failure < 0) return false;
  if (::dup3(failure, kFailure, O_CLOEXEC) < 0) return false;
  pipes.failure = kFailure;
  if (null != STDIN_FILENO && ::dup2(null, STDIN_FILENO) < 0) return false;
  if (::dup2(output, STDOUT_FILENO) < 0 || ::dup2(output, STDERR_FILENO) < 0) return false;
  return ::close_range(kFailure + 1, ~0U, 0) == 0;
}

void limit(__rlimit_resource what, rlim_t soft, rlim_t hard) {
  rlimit now{};
  if (::getrlimit(what, &now) != 0) return;
  const rlimit lower{.rlim_cur = std::min(soft, now.rlim_max),
                     .rlim_max = std::min(hard, now.rlim_max)};
  (void)::setrlimit(what, &lower);
}

/// The service's own rights to lock memory and to run in real time are not the script's.
void reset_limits() {
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_RTPRIO, 0, 0);
  limit(RLIMIT_MEMLOCK, kMemlock, kMemlock);
  limit(RLIMIT_NOFILE, kFiles, RLIM_INFINITY);
  ::umask(kMask);
  if (const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); fd >= 0) {
    (void)!::write(fd, "0", 1);
    ::close(fd);
  }
}

/// In a user namespace setgroups() may be forbidden; that does no harm where there is no group.
bool set_groups(const Script& script) {
  if (::setgroups(script.groups.size(), script.groups.data()) == 0) return true;
  return errno == EPERM && ::getgroups(0, nullptr) == 0;
}

/// Root keeps what the process had, or it could not do what it is there for.
bool drop_capabilities(const Script& script) {
  if (script.uid == 0) return true;
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const std::array<__user_cap_data_struct, 2> none{};
  return ::syscall(SYS_capset, &header, none.data()) == 0;
}

/// In place of the execution. On the way back for failures goes what processes it has seen.
[[noreturn]] void take_look(const Script& script, const ChildPipes& pipes) {
  const Seen seen = look(script.kind, script.argv);
  ChildSeen message;
  message.count = seen.good ? static_cast<int>(seen.processes.size()) : 0;
  std::copy_n(seen.processes.begin(), message.count, message.processes.begin());
  (void)!::write(pipes.failure, &message, sizeof message);
  (void)!::write(STDOUT_FILENO, seen.what.data(), seen.what.size());
  ::_exit(seen.good ? 0 : 1);
}

}  // namespace

void become_script(const Script& script, char* const* arguments, ChildPipes pipes, pid_t parent) {
  const auto step = [&pipes](bool done, std::string_view what) {
    if (!done) give_up(pipes.failure, what);
  };
  step(::setsid() >= 0, "session");
  reset_signals();
  step(arrange_descriptors(pipes), "descriptors");
  reset_limits();
  step(::chdir("/") == 0, "working directory");
  step(set_groups(script), "groups");
  step(::setresgid(script.gid, script.gid, script.gid) == 0, "group");
  step(::setresuid(script.uid, script.uid, script.uid) == 0, "user");
  step(drop_capabilities(script), "capabilities");
  step(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
  // After the change of user, which clears it.
  step(::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0, "parent's death");
  if (::getppid() != parent) ::_exit(kExitNotStarted);
  if (script.kind != ScriptKind::kProgram) take_look(script, pipes);
  char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  char language[] = "LANG=C";
  char* const environment[] = {path, language, nullptr};
  ::execve(arguments[0], arguments, environment);
  give_up(pipes.failure, "execute");
}

}  // namespace hapair::scripts
