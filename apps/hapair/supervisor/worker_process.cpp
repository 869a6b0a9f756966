#include "apps/hapair/supervisor/worker_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <ctime>
#include <utility>

#include "apps/hapair/supervisor/seccomp.hpp"

namespace hapair::supervisor {
namespace {

constexpr int kExitFailed = 1;
constexpr int kChannelFd = 3;

/// Only stdio and the channel stay open: no ledger, no signalfd, no other process's channel.
base::Result<net::SeqpacketChannel> keep_only(net::SeqpacketChannel channel) {
  if (channel.fd() != kChannelFd) {
    if (::dup3(channel.fd(), kChannelFd, O_CLOEXEC) < 0) return base::os_fail("dup");
    channel = net::SeqpacketChannel(net::UniqueFd(kChannelFd));
  }
  if (::close_range(kChannelFd + 1, ~0U, 0) != 0) return base::os_fail("close_range");
  return channel;
}

void reset_signals() {
  // Ctrl-C in a terminal reaches the worker too, as does what is sent to the whole service; leaving
  // is for the guardian to tell.
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE}) {
    ::signal(signal, SIG_IGN);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

int failed(base::Logger& log, const base::Error& error) {
  log.error("worker-start-failed", "worker", error.message);
  return kExitFailed;
}

}  // namespace

int run_worker(net::SeqpacketChannel channel, guardian::SharedPage& page, const Identity& identity,
               WorkerMain worker_main, base::Logger& log) {
  ::prctl(PR_SET_NAME, "hapair-worker", 0, 0, 0);
  reset_signals();
  auto kept = keep_only(std::move(channel));
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
