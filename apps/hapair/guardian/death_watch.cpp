#include "apps/hapair/guardian/death_watch.hpp"

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

void signal_event(int fd) {
  const std::uint64_t one = 1;
  while (::write(fd, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

bool take_event(int fd) {
  std::uint64_t count = 0;
  ssize_t got = -1;
  do {
    got = ::read(fd, &count, sizeof count);
  } while (got < 0 && errno == EINTR);
  return got == sizeof count;
}

}  // namespace

struct DeathWatch::ThreadStart {
  SharedPage* page;
  int armed;
  int died;
};

base::Result<DeathWatch> DeathWatch::start(SharedPage& page) {
  net::UniqueFd armed(::eventfd(0, EFD_CLOEXEC));
  net::UniqueFd died(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!armed || !died) return base::os_fail("death watch");
  auto start = std::make_unique<ThreadStart>(ThreadStart{&page, armed.get(), died.get()});
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
  while (take_event(start->armed)) {
    start->page->await_death();
    signal_event(start->died);
  }
  return nullptr;
}

void DeathWatch::arm() { signal_event(armed_.get()); }

void DeathWatch::acknowledge() { take_event(died_.get()); }

}  // namespace hapair::guardian
