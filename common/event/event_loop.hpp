// The loop: one per worker, shared by the election, the checks, the balancer and the control
// socket. This folder is the only one that knows libevent; its types do not show in these headers.
//
// Fairness (docs/decisions/0007): four priorities, turns of 1 ms after which more urgent events are
// looked for again, and precise timers. Each of the three is needed.
//
// Event sources (FdWatch, Timer, SignalWatch, Deferred) are members of their owner, bound to one of
// its methods; stop() or destruction silences them at once. The loop must outlive them.
#pragma once

#include <cstddef>
#include <memory>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/event/callback.hpp"
#include "common/event/timer_heap.hpp"

struct event_base;

namespace hapair::event {

/// Most urgent first.
enum class Priority : int { kVrrp = 0, kControl = 1, kCheck = 2, kTraffic = 3 };

class Alarm;

class EventLoop {
 public:
  /// Fails only when the kernel refuses an epoll descriptor.
  [[nodiscard]] static base::Result<std::unique_ptr<EventLoop>> create();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Dispatches until stop(); returns at once when no event source is started.
  void run();
  /// Makes run() return after the callback that is running.
  void stop();
  /// Dispatches what is ready now without waiting; for tests.
  void run_once();

  [[nodiscard]] base::Instant now() const;
  /// When the callback that is running began, or asked for now() last: reads the clock at most once
  /// for each callback, so it may be asked at every step. Outside a callback the same as now().
  [[nodiscard]] base::Instant callback_time() const { return known_ ? callback_time_ : now(); }

  /// For this folder's own sources only.
  [[nodiscard]] event_base* native() { return base_; }

 private:
  friend class CallbackScope;
  friend class Timer;
  explicit EventLoop(event_base* base);
  event_base* base_;
  std::unique_ptr<Alarm> alarm_;
  /// A callback that begins later is the last of its turn.
  base::Instant turn_end_{};
  mutable base::Instant callback_time_{};
  mutable bool known_ = false;  ///< only within a callback
  bool in_callback_ = false;
};

/// Room for libevent's `struct event` without showing it; static_asserts in the .cpp check its size
/// and alignment.
class EventSlot {
 public:
  static constexpr std::size_t kSize = 128;

  EventSlot() = default;
  EventSlot(const EventSlot&) = delete;
  EventSlot& operator=(const EventSlot&) = delete;

 private:
  friend class FdWatch;
  friend class Timer;
  friend class SignalWatch;
  friend class Deferred;
  alignas(void*) std::byte storage_[kSize];
};

/// What a descriptor is ready for. `closed` means the peer has sent its FIN (or the connection is
/// broken): data may still wait before it.
struct FdEvents {
  bool readable = false;
  bool writable = false;
  bool closed = false;
};

enum class Trigger { kLevel, kEdge };

/// Watches one descriptor, registered with the kernel once, from start() to stop().
class FdWatch {
 public:
  FdWatch(EventLoop& loop, Priority priority, Callback<FdEvents> callback)
      : loop_(loop), priority_(priority), callback_(callback) {}
  ~FdWatch() { stop(); }
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;

  /// Level-triggered, readable only: for sockets that are drained on each call.
  [[nodiscard]] base::Result<void> start_reading(int fd);
  /// Level-triggered, for what is named: for descriptors that other libraries read and write.
  [[nodiscard]] base::Result<void> start_level(int fd, bool readable, bool writable);
  /// Edge-triggered, readable, writable and closed: for byte streams. The owner must read or write
  /// until EAGAIN (or a short read with `closed` not seen) before it may wait for the next call.
  [[nodiscard]] base::Result<void> start_stream(int fd);
  /// Silence is guaranteed from here on. Call before the descriptor is closed.
  void stop();
  [[nodiscard]] bool started() const { return started_; }

 private:
  base::Result<void> start(int fd, short what);
  static void dispatch(int fd, short what, void* self);

  EventLoop& loop_;
  Priority priority_;
  bool started_ = false;  // here it takes no room of its own: thousands of connections have one
  Callback<FdEvents> callback_;
  EventSlot slot_;
};

/// A one-shot timer; the callback may arm it again.
class Timer : private TimerEntry {
 public:
  Timer(EventLoop& loop, Priority priority, Callback<> callback);
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Fires at `deadline`, never before (at once if it has passed). An armed timer is moved.
  void arm_at(base::Instant deadline);
  void arm_after(base::Duration delay) { arm_at(loop_.now() + delay); }
  void cancel();
  [[nodiscard]] bool armed() const { return in_heap() || due_; }
  /// The deadline last armed; meaningful in the callback too (to measure lateness).
  using TimerEntry::deadline;

 private:
  friend class EventLoop;
  /// The deadline has come: the callback's turn is by priority.
  void fall_due();
  static void dispatch(int fd, short what, void* self);

  EventLoop& loop_;
  Callback<> callback_;
  EventSlot slot_;
  bool due_ = false;
};

/// A Unix signal, delivered as an ordinary callback of the loop.
class SignalWatch {
 public:
  SignalWatch(EventLoop& loop, int signal, Callback<> callback)
      : loop_(loop), signal_(signal), callback_(callback) {}
  ~SignalWatch() { stop(); }
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  [[nodiscard]] base::Result<void> start();
  void stop();

 private:
  static void dispatch(int signal, short what, void* self);

  EventLoop& loop_;
  int signal_;
  Callback<> callback_;
  EventSlot slot_;
  bool started_ = false;
};

/// A call made later in the same turn of the loop, outside the caller's frame; costs no system
/// call. Scheduling it twice before it runs is the same as once.
class Deferred {
 public:
  Deferred(EventLoop& loop, Priority priority, Callback<> callback);
  ~Deferred() { cancel(); }
  Deferred(const Deferred&) = delete;
  Deferred& operator=(const Deferred&) = delete;

  void schedule();
  void cancel();
  [[nodiscard]] bool scheduled() const { return scheduled_; }

 private:
  static void dispatch(int fd, short what, void* self);

  EventLoop& loop_;
  Callback<> callback_;
  EventSlot slot_;
  bool scheduled_ = false;
};

}  // namespace hapair::event
