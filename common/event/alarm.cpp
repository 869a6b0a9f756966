#include "common/event/alarm.hpp"

#include <event2/event.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/event/clock.hpp"

namespace hapair::event {
namespace {

constexpr int kMostUrgent = 0;

}  // namespace

base::Result<std::unique_ptr<Alarm>> Alarm::create(event_base* base, Ring ring) {
  // The clock of base::Instant (clock.cpp).
  const int fd = ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) return base::os_fail("event loop: no timer descriptor");
  auto alarm = std::unique_ptr<Alarm>(new Alarm(fd, ring));
  // Edge-triggered: an expiry is news once, and need not be read away.
  alarm->watch_ = event_new(base, fd, EV_READ | EV_ET | EV_PERSIST, &Alarm::on_expiry, alarm.get());
  if (alarm->watch_ == nullptr) return base::fail("event loop: out of memory");
  event_priority_set(alarm->watch_, kMostUrgent);
  return alarm;
}

Alarm::~Alarm() {
  if (watch_ != nullptr) event_free(watch_);
  ::close(fd_);
}

void Alarm::add(TimerEntry& entry) {
  heap_.add(entry);
  if (heap_.first() == &entry) follow_first();
}

void Alarm::remove(TimerEntry& entry) {
  heap_.remove(entry);
  // An expiry that nobody waits for any more costs less than setting the timer each time.
  if (heap_.empty()) follow_first();
}

void Alarm::on_expiry(int /*fd*/, short /*what*/, void* self) {
  static_cast<Alarm*>(self)->ring_due();
}

void Alarm::ring_due() {
  set_to_ = base::Instant::max();
  const base::Instant now = event::now();
  while (!heap_.empty() && heap_.first()->deadline() <= now) {
    TimerEntry& due = *heap_.first();
    heap_.remove(due);
    ring_(due);
  }
  follow_first();
}

void Alarm::follow_first() {
  const bool wanted = !heap_.empty();
  if (wanted && heap_.first()->deadline() < set_to_) {
    set_to_ = heap_.first()->deadline();
    const std::int64_t ns = base::to_ns(set_to_);
    constexpr std::int64_t kSecond = 1'000'000'000;
    itimerspec at{};
    at.it_value = {.tv_sec = ns / kSecond, .tv_nsec = ns % kSecond};
    ::timerfd_settime(fd_, TFD_TIMER_ABSTIME, &at, nullptr);
  }
  if (wanted == watched_) return;
  watched_ = wanted;
  if (wanted) {
    event_add(watch_, nullptr);
  } else {
    event_del(watch_);
  }
}

}  // namespace hapair::event
