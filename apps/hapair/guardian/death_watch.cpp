#include "apps/hapair/guardian/death_watch.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>

#include "apps/hapair/guardian/process_setup.hpp"

namespace hapair::guardian {
namespace {

constexpr std::size_t kStackBytes = 64 * 1024;

/// Added to the counter of `armed` when the watch goes; arming adds one each time.
constexpr std::uint64_t kEnd = std::uint64_t{1} << 32;

void signal_event(int fd, std::uint64_t by = 1) {
  while (::write(fd, &by, sizeof by) < 0 && errno == EINTR) {
  }
}

/// The counter; 0 when there is nothing to take.
std::uint64_t take_event(int fd) {
  std::uint64_t count = 0;
  ssize_t got = -1;
  do {
    got = ::read(fd, &count, sizeof count);
  } while (got < 0 && errno == EINTR);
  return got == sizeof count ? count : 0;
}

net::UniqueFd duplicate(const net::UniqueFd& fd) {
  return net::UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
}

}  // namespace

/// The thread has descriptors of its own: it may outlive the watch, whose numbers are others' then.
struct DeathWatch::ThreadStart {
  SharedPage* page;
  net::UniqueFd armed;
  net::UniqueFd died;
};

base::Result<DeathWatch> DeathWatch::start(SharedPage& page) {
  net::UniqueFd armed(::eventfd(0, EFD_CLOEXEC));
  net::UniqueFd died(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!armed || !died) return base::os_fail("death watch");
  auto start = std::make_unique<ThreadStart>(ThreadStart{&page, duplicate(armed), duplicate(died)});
  if (!start->armed || !start->died) return base::os_fail("death watch");
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_t thread{};
  const int code = pthread_create(&thread, &attributes, &DeathWatch::watch, start.get());
  pthread_attr_destroy(&attributes);
  if (code != 0) return base::os_fail("death watch: thread", code);
  (void)start.release();  // the thread's now
  return DeathWatch(std::move(armed), std::move(died));
}

void* DeathWatch::watch(void* raw) {
  const std::unique_ptr<ThreadStart> start(static_cast<ThreadStart*>(raw));
  // A thread does not inherit the guardian's priority (SCHED_RESET_ON_FORK). Where real-time is
  // not allowed, the guardian has said so already.
  (void)run_in_real_time();
  (void)keep_capabilities({});  // they belong to each thread; this one needs none
  while (true) {
    const std::uint64_t count = take_event(start->armed.get());
    if (count == 0 || count >= kEnd) return nullptr;
    start->page->await_death();
    signal_event(start->died.get());
  }
}

DeathWatch::~DeathWatch() {
  if (armed_) signal_event(armed_.get(), kEnd);
}

void DeathWatch::arm() { signal_event(armed_.get()); }

void DeathWatch::acknowledge() { (void)take_event(died_.get()); }

}  // namespace hapair::guardian
