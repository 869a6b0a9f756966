#include "common/event/event_loop.hpp"

#include <event2/event.h>
#include <event2/event_struct.h>

#include <cassert>
#include <memory>

#include "common/event/alarm.hpp"
#include "common/event/clock.hpp"

namespace hapair::event {
namespace {

constexpr int kPriorities = 4;
/// From when a turn has lasted that long no further callback begins in it.
constexpr base::Duration kMaxTurn = std::chrono::milliseconds(1);
/// Also after so many callbacks, should none of them have asked the time.
constexpr int kMaxCallbacks = 256;

struct event* native(std::byte* storage) { return reinterpret_cast<struct event*>(storage); }

}  // namespace

/// Brackets each callback: the time is looked up anew in it, and nowhere else remembered. What it
/// asked tells how long the turn has lasted.
class CallbackScope {
 public:
  explicit CallbackScope(EventLoop& loop) : loop_(loop) {
    loop_.in_callback_ = true;
    loop_.known_ = false;
  }
  ~CallbackScope() {
    if (loop_.known_ && loop_.callback_time_ >= loop_.turn_end_) {
      loop_.turn_end_ = loop_.callback_time_ + kMaxTurn;
      event_base_loopcontinue(loop_.base_);
    }
    loop_.in_callback_ = loop_.known_ = false;
  }
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;

 private:
  EventLoop& loop_;  // outlives the callback, whose owner may not
};

base::Result<std::unique_ptr<EventLoop>> EventLoop::create() {
  static_assert(sizeof(struct ::event) <= EventSlot::kSize);
  static_assert(alignof(struct ::event) <= alignof(EventSlot));
  const std::unique_ptr<event_config, decltype(&event_config_free)> config(event_config_new(),
                                                                           &event_config_free);
  if (config == nullptr) return base::fail("event loop: out of memory");
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_NOLOCK);
  event_config_require_features(config.get(), EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE);
  event_config_set_max_dispatch_interval(config.get(), nullptr, kMaxCallbacks, 1);
  event_base* base = event_base_new_with_config(config.get());
  if (base == nullptr) return base::os_fail("event loop: no epoll descriptor");
  event_base_priority_init(base, kPriorities);
  auto loop = std::unique_ptr<EventLoop>(new EventLoop(base));
  auto alarm =
      Alarm::create(base, [](TimerEntry& entry) { static_cast<Timer&>(entry).fall_due(); });
  if (!alarm) return std::unexpected(alarm.error());
  loop->alarm_ = std::move(*alarm);
  return loop;
}

EventLoop::EventLoop(event_base* base) : base_(base) {}

EventLoop::~EventLoop() {
  alarm_.reset();
  event_base_free(base_);
}

void EventLoop::run() { event_base_dispatch(base_); }

void EventLoop::stop() { event_base_loopbreak(base_); }

void EventLoop::run_once() { event_base_loop(base_, EVLOOP_NONBLOCK); }

base::Instant EventLoop::now() const {
  const base::Instant now = event::now();
  if (in_callback_) {
    callback_time_ = now;
    known_ = true;
  }
  return now;
}

base::Result<void> FdWatch::start_reading(int fd) { return start(fd, EV_READ | EV_PERSIST); }

base::Result<void> FdWatch::start_level(int fd, bool readable, bool writable) {
  const int what = (readable ? EV_READ : 0) | (writable ? EV_WRITE : 0) | EV_PERSIST;
  return start(fd, static_cast<short>(what));
}

base::Result<void> FdWatch::start_stream(int fd) {
  return start(fd, EV_READ | EV_WRITE | EV_CLOSED | EV_ET | EV_PERSIST);
}

base::Result<void> FdWatch::start(int fd, short what) {
  assert(!started_);
  struct event* slot = native(slot_.storage_);
  if (event_assign(slot, loop_.native(), fd, what, &FdWatch::dispatch, this) != 0 ||
      event_priority_set(slot, static_cast<int>(priority_)) != 0 || event_add(slot, nullptr) != 0) {
    return base::os_fail("event loop: cannot watch a descriptor");
  }
  started_ = true;
  return {};
}

void FdWatch::stop() {
  if (!started_) return;
  started_ = false;
  event_del(native(slot_.storage_));
}

void FdWatch::dispatch(int /*fd*/, short what, void* self) {
  auto* watch = static_cast<FdWatch*>(self);
  const CallbackScope scope(watch->loop_);
  watch->callback_({.readable = (what & EV_READ) != 0,
                    .writable = (what & EV_WRITE) != 0,
                    .closed = (what & EV_CLOSED) != 0});
}

Timer::Timer(EventLoop& loop, Priority priority, Callback<> callback)
    : loop_(loop), callback_(callback) {
  struct event* slot = native(slot_.storage_);
  event_assign(slot, loop.native(), -1, 0, &Timer::dispatch, this);
  event_priority_set(slot, static_cast<int>(priority));
}

void Timer::arm_at(base::Instant deadline) {
  cancel();
  deadline_ = deadline;
  if (deadline > event::now()) {
    loop_.alarm_->add(*this);
    return;
  }
  // By way of libevent's timeouts: what descriptors have to tell comes first, as with an alarm.
  const timeval at_once{};
  due_ = true;
  event_add(native(slot_.storage_), &at_once);
}

void Timer::cancel() {
  if (in_heap()) loop_.alarm_->remove(*this);
  if (!due_) return;
  due_ = false;
  event_del(native(slot_.storage_));
}

void Timer::fall_due() {
  due_ = true;
  event_active(native(slot_.storage_), EV_TIMEOUT, 1);
}

void Timer::dispatch(int /*fd*/, short /*what*/, void* self) {
  auto* timer = static_cast<Timer*>(self);
  timer->due_ = false;
  const CallbackScope scope(timer->loop_);
  timer->callback_();
}

base::Result<void> SignalWatch::start() {
  assert(!started_);
  struct event* slot = native(slot_.storage_);
  if (event_assign(slot, loop_.native(), signal_, EV_SIGNAL | EV_PERSIST, &SignalWatch::dispatch,
                   this) != 0 ||
      event_priority_set(slot, static_cast<int>(Priority::kControl)) != 0 ||
      event_add(slot, nullptr) != 0) {
    return base::os_fail("event loop: cannot watch a signal");
  }
  started_ = true;
  return {};
}

void SignalWatch::stop() {
  if (!started_) return;
  started_ = false;
  event_del(native(slot_.storage_));
}

void SignalWatch::dispatch(int /*signal*/, short /*what*/, void* self) {
  auto* watch = static_cast<SignalWatch*>(self);
  const CallbackScope scope(watch->loop_);
  watch->callback_();
}

Deferred::Deferred(EventLoop& loop, Priority priority, Callback<> callback)
    : loop_(loop), callback_(callback) {
  struct event* slot = native(slot_.storage_);
  event_assign(slot, loop.native(), -1, 0, &Deferred::dispatch, this);
  event_priority_set(slot, static_cast<int>(priority));
}

void Deferred::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  event_active(native(slot_.storage_), EV_TIMEOUT, 1);
}

void Deferred::cancel() {
  if (!scheduled_) return;
  scheduled_ = false;
  event_del(native(slot_.storage_));
}

void Deferred::dispatch(int /*fd*/, short /*what*/, void* self) {
  auto* deferred = static_cast<Deferred*>(self);
  deferred->scheduled_ = false;
  const CallbackScope scope(deferred->loop_);
  deferred->callback_();
}

}  // namespace hapair::event
