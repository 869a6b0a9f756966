// What all parts of one engine share: its loop, its clock, its buffers, its wheel of timeouts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "common/base/log.hpp"
#include "common/base/repeat_guard.hpp"
#include "common/event/event_loop.hpp"
#include "common/event/timer_wheel.hpp"
#include "liblb/core/descriptor_budget.hpp"
#include "liblb/core/settings.hpp"
#include "liblb/io/buffer_pool.hpp"
#include "liblb/io/handshakes.hpp"
#include "liblb/io/pipe_pool.hpp"
#include "liblb/io/transaction.hpp"
#include "liblb/io/work_queue.hpp"

namespace hapair::lb {

class AccessSink;

class Context {
 public:
  Context(event::EventLoop& event_loop, const base::Logger& logger, const EngineSettings& settings,
          AccessSink* access_sink)
      : loop(event_loop),
        log(logger),
        access(access_sink),
        work(event_loop),
        handshakes(event_loop),
        handshake_room(settings.max_handshakes),
        buffers(work, settings.max_buffers),
        pipes(settings.max_pipes, descriptors),
        wheel(event_loop.now()),
        tick_(event_loop, event::Priority::kTraffic,
              event::Callback<>::to<&Context::on_tick>(this)) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// The engine's time: the loop's, or later when a test has moved it on.
  [[nodiscard]] base::Instant now() const { return loop.callback_time() + ahead_; }
  /// Moves the engine's time to `now` at least and fires the timeouts that are due.
  void advance(base::Instant now) {
    ahead_ = std::max(ahead_, now - loop.callback_time());
    wheel.advance(this->now());
  }

  /// Brackets the life of everything that may have a timeout: the wheel turns only while there is
  /// something.
  void add_user() {
    if (users_++ == 0) tick_.arm_after(event::TimerWheel::kTick);
  }
  void remove_user() { --users_; }

  event::EventLoop& loop;
  const base::Logger& log;
  AccessSink* access;  ///< may be absent
  WorkQueue work;
  WorkQueue handshakes;  ///< has turns of its own: a flood of them delays nothing else for long
  Handshakes handshake_room;
  DescriptorBudget descriptors;
  BufferPool buffers;
  PipePool pipes;
  event::TimerWheel wheel;
  TransactionPool transactions;
  /// For parsing a response head and writing the client's from it; used by one at a time.
  http::ResponseHead response_head;
  base::RepeatGuard exhaustion;  ///< of the log, while this node lacks what connections need
  std::size_t pages = 0;         ///< that have a PagePlace
  bool draining = false;
  /// New clients wait, and idle connections make room, as this process runs short of something.
  bool holds_clients = false;
  /// Some connection of shared ones was set aside for its client.
  bool reserves_connections = false;
  /// How often the kernel, or the budget, had no descriptor or memory for a connection.
  std::uint64_t shortages = 0;
  /// Lets go of idle connections to servers, in a turn of its own; null: nobody does.
  Task* relief = nullptr;

  void note_shortage() {
    ++shortages;
    if (relief != nullptr) work.add(*relief);
  }

 private:
  void on_tick() noexcept {
    wheel.advance(now());
    if (users_ > 0) tick_.arm_after(event::TimerWheel::kTick);
  }

  base::Duration ahead_{0};
  std::size_t users_ = 0;
  event::Timer tick_;
};

}  // namespace hapair::lb
