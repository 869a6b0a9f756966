#include "apps/hapair/guardian/shared_page.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <ctime>
#include <new>
#include <utility>

namespace hapair::guardian {

base::Result<SharedPage> SharedPage::create() {
  void* raw =
      ::mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) return base::os_fail("shared page");
  SharedPage page(new (raw) Layout{});
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  const int code = pthread_mutex_init(&page.layout_->life, &attributes);
  pthread_mutexattr_destroy(&attributes);
  if (code != 0) return base::os_fail("robust mutex", code);
  return page;
}

SharedPage::~SharedPage() {
  if (layout_ != nullptr) ::munmap(layout_, sizeof(Layout));
}

SharedPage::SharedPage(SharedPage&& other) noexcept
    : layout_(std::exchange(other.layout_, nullptr)) {}

SharedPage& SharedPage::operator=(SharedPage&& other) noexcept {
  std::swap(layout_, other.layout_);
  return *this;
}

base::Result<void> SharedPage::hold_life() {
  // The guardian's watch over the worker before this one may still be holding it, for microseconds.
  timespec deadline{};
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += 1;
  int code = pthread_mutex_timedlock(&layout_->life, &deadline);
  if (code == EOWNERDEAD) code = pthread_mutex_consistent(&layout_->life);
  if (code != 0) return base::os_fail("another worker holds the life of this one", code);
  return {};
}

void SharedPage::await_death() {
  if (pthread_mutex_lock(&layout_->life) == EOWNERDEAD) pthread_mutex_consistent(&layout_->life);
}

void SharedPage::let_live() { pthread_mutex_unlock(&layout_->life); }

}  // namespace hapair::guardian
