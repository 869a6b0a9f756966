// One kernel timer for all timers of a loop. It is set only when the earliest deadline changes:
// libevent's own precise timers cost a system call in each turn of the loop.
#pragma once

#include <memory>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/event/timer_heap.hpp"

struct event;
struct event_base;

namespace hapair::event {

class Alarm {
 public:
  /// Called for an entry whose deadline has come; it is out of the heap.
  using Ring = void (*)(TimerEntry&);

  /// Fails when the kernel refuses a descriptor. `base` outlives it.
  [[nodiscard]] static base::Result<std::unique_ptr<Alarm>> create(event_base* base, Ring ring);
  ~Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  /// The entry must not be in the heap.
  void add(TimerEntry& entry);
  /// The entry must be in the heap.
  void remove(TimerEntry& entry);

 private:
  Alarm(int fd, Ring ring) : fd_(fd), ring_(ring) {}
  static void on_expiry(int fd, short what, void* self);
  void ring_due();
  /// Has the kernel wake the loop for the first entry, and watches for that while there is one.
  void follow_first();

  int fd_;
  Ring ring_;
  ::event* watch_ = nullptr;
  bool watched_ = false;
  base::Instant set_to_ = base::Instant::max();  ///< when the kernel wakes the loop
  TimerHeap heap_;
};

}  // namespace hapair::event
