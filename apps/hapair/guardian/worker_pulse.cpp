#include "apps/hapair/guardian/worker_pulse.hpp"

#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>

#include "apps/hapair/guardian/protocol.hpp"
#include "common/event/clock.hpp"

namespace hapair::guardian {
namespace {

constexpr std::size_t kSignalStackBytes = 16 * 1024;
constexpr std::array kFatalSignals = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};

// A signal handler has no other way to its data.
int gasp_fd = -1;
alignas(std::max_align_t) std::array<std::byte, kSignalStackBytes> signal_stack;

void gasp(int signal) {
  // SA_RESETHAND has restored the default action. A fault repeats on return; the raise is for a
  // signal that somebody sent.
  ::send(gasp_fd, &kGaspByte, sizeof kGaspByte, MSG_DONTWAIT | MSG_NOSIGNAL);
  ::raise(signal);
}

base::Result<void> install_gasp(int channel_fd) {
  gasp_fd = channel_fd;
  stack_t stack{};
  stack.ss_sp = signal_stack.data();
  stack.ss_size = signal_stack.size();
  if (::sigaltstack(&stack, nullptr) != 0) return base::os_fail("signal stack");
  struct sigaction action{};
  action.sa_handler = gasp;
  action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND);
  for (const int signal : kFatalSignals) {
    if (::sigaction(signal, &action, nullptr) != 0) return base::os_fail("signal handler");
  }
  return {};
}

}  // namespace

base::Result<WorkerPulse> WorkerPulse::start(SharedPage& page, int channel_fd) {
  if (auto held = page.hold_life(); !held) return std::unexpected(held.error());
  if (auto installed = install_gasp(channel_fd); !installed) {
    return std::unexpected(installed.error());
  }
  WorkerPulse pulse(page);
  pulse.beat(event::now());
  return pulse;
}

}  // namespace hapair::guardian
