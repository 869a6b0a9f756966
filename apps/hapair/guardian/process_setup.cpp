#include "apps/hapair/guardian/process_setup.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "common/base/text.hpp"

namespace hapair::guardian {
namespace {

// Above ordinary real-time work of the host, below the kernel's own threads.
constexpr int kRealTimePriority = 10;

using CapabilitySets = std::array<__user_cap_data_struct, 2>;

constexpr std::size_t word_of(int capability) { return static_cast<std::size_t>(capability) / 32; }
constexpr std::uint32_t bit_of(int capability) { return 1U << (capability % 32); }

bool may_lock_all() {
  rlimit limit{};
  if (has_capability(CAP_IPC_LOCK)) return true;
  return ::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
}

base::Result<CapabilitySets> read_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  CapabilitySets sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return base::os_fail("capget");
  return sets;
}

}  // namespace

base::Result<void> cut_bounding_set(std::span<const int> keep) {
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if (std::ranges::find(keep, capability) != keep.end()) continue;
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EPERM) {
      return base::os_fail("drop a capability from the bounding set");
    }
  }
  return {};
}

bool has_capability(int capability) {
  const auto sets = read_capabilities();
  return sets && ((*sets)[word_of(capability)].effective & bit_of(capability)) != 0;
}

base::Result<void> keep_capabilities(std::span<const int> keep) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return base::os_fail("no_new_privs");
  if (auto cut = cut_bounding_set(keep); !cut) return cut;
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);  // refused only where there is none
  const auto before = read_capabilities();
  if (!before) return std::unexpected(before.error());
  CapabilitySets after{};
  for (const int capability : keep) {
    const std::uint32_t bit = (*before)[word_of(capability)].permitted & bit_of(capability);
    after[word_of(capability)].permitted |= bit;
    after[word_of(capability)].effective |= bit;
  }
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  if (::syscall(SYS_capset, &header, after.data()) != 0) return base::os_fail("capset");
  return {};
}

void ignore_service_signals() {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE}) {
    ::signal(signal, SIG_IGN);
  }
}

void reset_signals() {
  ignore_service_signals();
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

base::Result<net::SeqpacketChannel> keep_only(net::SeqpacketChannel channel) {
  constexpr int kChannelFd = 3;
  if (channel.fd() != kChannelFd) {
    if (::dup3(channel.fd(), kChannelFd, O_CLOEXEC) < 0) return base::os_fail("dup");
    channel = net::SeqpacketChannel(net::UniqueFd(kChannelFd));
  }
  if (::close_range(kChannelFd + 1, ~0U, 0) != 0) return base::os_fail("close_range");
  return channel;
}

base::Result<void> run_in_real_time() {
  const sched_param parameters{.sched_priority = kRealTimePriority};
  if (::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) != 0) {
    return base::os_fail("real-time scheduling");
  }
  return {};
}

ExactTimes prepare_for_exact_times(base::Logger& log) {
  ExactTimes exact;
  // Below a limit mlockall() may succeed and a later allocation fail.
  if (!may_lock_all()) {
    log.warning("guardian-not-locked", "guardian",
                "memory is not locked (no CAP_IPC_LOCK, and a limit to locked memory): adverts may "
                "be late when the host swaps");
  } else if (::mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
    log.warning("guardian-not-locked", "guardian", base::os_fail("mlockall").error().message);
  } else {
    exact.memory_locked = true;
  }
  const auto done = run_in_real_time();
  exact.real_time = done.has_value();
  if (!done) {
    log.warning("guardian-not-real-time", "guardian",
                base::concat(done.error().message,
                             ": adverts may be late when the host is busy; use an advert interval "
                             "of 100 ms or more"));
  }
  ::prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  return exact;
}

}  // namespace hapair::guardian
