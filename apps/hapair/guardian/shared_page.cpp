#include "apps/hapair/guardian/shared_page.hpp"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <new>
#include <utility>

namespace hapair::guardian {
namespace {

// Read by the kernel when the thread ends, so they last as long as the process. In the C library's
// place: the worker has no other robust lock.
robust_list life_entry;
robust_list_head life_list;

/// Of the thread that calls, for good.
base::Result<void> have_kernel_mark_end(std::atomic<std::uint32_t>& futex) {
  life_entry.next = &life_list.list;
  life_list.list.next = &life_entry;
  // Only the futex is in the shared page; the list around it stays in private memory.
  life_list.futex_offset = reinterpret_cast<long>(&futex) - reinterpret_cast<long>(&life_entry);
  life_list.list_op_pending = nullptr;
  if (::syscall(SYS_set_robust_list, &life_list, sizeof life_list) != 0) {
    return base::os_fail("robust futex");
  }
  return {};
}

}  // namespace

base::Result<SharedPage> SharedPage::create() {
  void* raw =
      ::mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) return base::os_fail("shared page");
  return SharedPage(new (raw) Layout{});
}

void SharedPage::set_advert_lateness(const AdvertLateness& lateness) {
  layout_->advert_p50.store(lateness.p50.count());
  layout_->advert_p99.store(lateness.p99.count());
  layout_->advert_p999.store(lateness.p999.count());
  layout_->advert_max.store(lateness.max.count());
  layout_->adverts.store(lateness.adverts);
}

AdvertLateness SharedPage::advert_lateness() const {
  return {.p50 = base::Duration(layout_->advert_p50.load()),
          .p99 = base::Duration(layout_->advert_p99.load()),
          .p999 = base::Duration(layout_->advert_p999.load()),
          .max = base::Duration(layout_->advert_max.load()),
          .adverts = layout_->adverts.load()};
}

void SharedPage::set_figures(std::size_t group, const GroupFigures& figures) {
  Group& to = layout_->groups.at(group);
  to.adverts.store(figures.adverts);
  to.farewells.store(figures.farewells);
  to.placed.store(figures.placing.count);
  to.placing_sum.store(figures.placing.sum.count());
  to.placing_max.store(figures.placing.max.count());
}

GroupFigures SharedPage::figures(std::size_t group) const {
  const Group& of = layout_->groups.at(group);
  return {.adverts = of.adverts.load(),
          .farewells = of.farewells.load(),
          .placing = {.count = of.placed.load(),
                      .sum = base::Duration(of.placing_sum.load()),
                      .max = base::Duration(of.placing_max.load())}};
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
  if (auto done = have_kernel_mark_end(layout_->life); !done) return done;
  // With the mark of a waiter, or the kernel would wake none.
  layout_->life.store(static_cast<std::uint32_t>(::gettid()) | FUTEX_WAITERS);
  return {};
}

void SharedPage::await_death() const {
  while (true) {
    const std::uint32_t seen = layout_->life.load();
    if ((seen & FUTEX_OWNER_DIED) != 0) return;
    // Returns at once when it has changed, and now and then for no reason.
    ::syscall(SYS_futex, &layout_->life, FUTEX_WAIT, seen, nullptr, nullptr, 0);
  }
}

bool SharedPage::holder_died() const { return (layout_->life.load() & FUTEX_OWNER_DIED) != 0; }

}  // namespace hapair::guardian
