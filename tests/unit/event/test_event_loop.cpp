#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/event/clock.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/unique_fd.hpp"

using namespace hapair;
using event::Callback;
using event::EventLoop;
using event::Priority;

namespace {

struct Recorder {
  std::string* order;
  char name;
  void on_call() noexcept { *order += name; }
};

struct StreamProbe {
  int calls = 0;
  event::FdEvents last;
  void on_events(event::FdEvents events) noexcept {
    ++calls;
    last = events;
  }
};

std::pair<net::UniqueFd, net::UniqueFd> socket_pair() {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  return {net::UniqueFd(ends[0]), net::UniqueFd(ends[1])};
}

}  // namespace

TEST_CASE("more urgent sources run first, whatever the order of scheduling") {
  const auto loop = EventLoop::create().value();
  std::string order;
  Recorder traffic{&order, 't'};
  Recorder check{&order, 'c'};
  Recorder vrrp{&order, 'v'};
  event::Deferred a(*loop, Priority::kTraffic, Callback<>::to<&Recorder::on_call>(&traffic));
  event::Deferred b(*loop, Priority::kCheck, Callback<>::to<&Recorder::on_call>(&check));
  event::Deferred c(*loop, Priority::kVrrp, Callback<>::to<&Recorder::on_call>(&vrrp));
  a.schedule();
  b.schedule();
  c.schedule();
  for (int i = 0; i < 3; ++i) loop->run_once();
  CHECK(order == "vct");
}

/// Asks the time, as callbacks do, and may go on for more than a turn.
struct Worker {
  EventLoop& loop;
  std::string* order;
  char name;
  event::Deferred* urgent = nullptr;
  bool slow = false;
  void on_call() noexcept {
    *order += name;
    if (urgent != nullptr) urgent->schedule();
    const base::Instant until = loop.now() + std::chrono::microseconds(slow ? 1200 : 0);
    while (loop.now() < until) {
    }
  }
};

TEST_CASE("a long turn ends, so that what has become urgent need not wait for all of it") {
  const auto loop = EventLoop::create().value();
  std::string order;
  Recorder vrrp{&order, 'v'};
  event::Deferred urgent(*loop, Priority::kVrrp, Callback<>::to<&Recorder::on_call>(&vrrp));
  Worker first{*loop, &order, 'a'};
  Worker second{*loop, &order, 'b', &urgent};
  Worker third{*loop, &order, 'c', nullptr, true};
  Worker last{*loop, &order, 'd'};
  std::vector<std::unique_ptr<event::Deferred>> work;
  for (Worker* worker : {&first, &second, &third, &last}) {
    work.push_back(std::make_unique<event::Deferred>(*loop, Priority::kTraffic,
                                                     Callback<>::to<&Worker::on_call>(worker)));
    work.back()->schedule();
  }
  loop->run();
  REQUIRE(order.size() == 5);
  CHECK(order.find('v') > order.find('b'));
  CHECK(order.find('v') < order.find('d'));
}

TEST_CASE("of several timers each fires, the earliest first, and a cancelled one never") {
  const auto loop = EventLoop::create().value();
  std::string order;
  Recorder late{&order, 'l'};
  Recorder early{&order, 'e'};
  Recorder never{&order, 'n'};
  event::Timer a(*loop, Priority::kCheck, Callback<>::to<&Recorder::on_call>(&late));
  event::Timer b(*loop, Priority::kCheck, Callback<>::to<&Recorder::on_call>(&early));
  event::Timer c(*loop, Priority::kCheck, Callback<>::to<&Recorder::on_call>(&never));
  a.arm_after(std::chrono::milliseconds(3));
  b.arm_after(std::chrono::milliseconds(2));
  c.arm_after(std::chrono::milliseconds(1));
  c.cancel();
  a.arm_after(std::chrono::milliseconds(4));  // moved
  loop->run();
  CHECK(order == "el");
}

TEST_CASE("a cancelled source is silent, one scheduled twice runs once") {
  const auto loop = EventLoop::create().value();
  std::string order;
  Recorder recorder{&order, 'x'};
  event::Deferred deferred(*loop, Priority::kTraffic,
                           Callback<>::to<&Recorder::on_call>(&recorder));
  event::Timer timer(*loop, Priority::kVrrp, Callback<>::to<&Recorder::on_call>(&recorder));
  deferred.schedule();
  deferred.cancel();
  timer.arm_at(loop->now());
  timer.cancel();
  loop->run_once();
  CHECK(order.empty());
  deferred.schedule();
  deferred.schedule();
  loop->run_once();
  loop->run_once();
  CHECK(order == "x");
}

TEST_CASE("a timer whose deadline has passed fires at once and can be armed anew") {
  const auto loop = EventLoop::create().value();
  std::string order;
  Recorder recorder{&order, 'x'};
  event::Timer timer(*loop, Priority::kVrrp, Callback<>::to<&Recorder::on_call>(&recorder));
  timer.arm_at(base::Instant{});
  CHECK(timer.armed());
  loop->run();  // returns when the only source is spent
  CHECK(order == "x");
  CHECK_FALSE(timer.armed());
}

/// Arms a timer late in a turn of the loop, and measures when that fires.
struct LateArmer {
  explicit LateArmer(EventLoop& the_loop)
      : loop(the_loop),
        start(loop, Priority::kControl, Callback<>::to<&LateArmer::on_start>(this)),
        timer(loop, Priority::kVrrp, Callback<>::to<&LateArmer::on_timer>(this)) {}

  void on_start() noexcept {
    const base::Instant until = loop.now() + std::chrono::milliseconds(5);
    while (loop.now() < until) {
    }
    timer.arm_after(std::chrono::milliseconds(3));
  }
  void on_timer() noexcept { early = timer.deadline() - loop.now(); }

  EventLoop& loop;
  event::Deferred start;
  event::Timer timer;
  std::optional<base::Duration> early;
};

TEST_CASE("a timer that is armed late in a turn of the loop does not fire early") {
  const auto loop = EventLoop::create().value();
  LateArmer armer(*loop);
  armer.start.schedule();
  for (int turn = 0; turn < 10'000'000 && !armer.early; ++turn) loop->run_once();
  REQUIRE(armer.early.has_value());
  CHECK(*armer.early <= base::Duration::zero());
}

TEST_CASE("data and FIN in one wake-up are told in one call, with closed set") {
  const auto loop = EventLoop::create().value();
  auto [ours, theirs] = socket_pair();
  StreamProbe probe;
  event::FdWatch watch(*loop, Priority::kTraffic,
                       Callback<event::FdEvents>::to<&StreamProbe::on_events>(&probe));
  REQUIRE(watch.start_stream(ours.get()));
  REQUIRE(write(theirs.get(), "x", 1) == 1);
  theirs.reset();
  loop->run_once();
  CHECK(probe.calls == 1);
  CHECK(probe.last.readable);
  CHECK(probe.last.closed);
  loop->run_once();
  CHECK(probe.calls == 1);  // edge-triggered: told once
}

TEST_CASE("a watched signal arrives as a callback") {
  const auto loop = EventLoop::create().value();
  std::string order;
  Recorder recorder{&order, 's'};
  event::SignalWatch watch(*loop, SIGUSR2, Callback<>::to<&Recorder::on_call>(&recorder));
  REQUIRE(watch.start());
  raise(SIGUSR2);
  loop->run_once();
  loop->run_once();
  CHECK(order == "s");
}

TEST_CASE("within a callback the time stands still until it is asked for anew") {
  const auto loop = EventLoop::create().value();
  struct Asker {
    EventLoop& loop;
    bool still = false;
    bool moved_on = false;
    void on_call() noexcept {
      const base::Instant began = loop.callback_time();
      while (event::now() == began) {
      }
      still = loop.callback_time() == began;
      const base::Instant fresh = loop.now();
      moved_on = fresh > began && loop.callback_time() == fresh;
    }
  } asker{*loop};
  event::Deferred deferred(*loop, Priority::kTraffic, Callback<>::to<&Asker::on_call>(&asker));
  deferred.schedule();
  loop->run_once();
  CHECK(asker.still);
  CHECK(asker.moved_on);
  const base::Instant outside = loop->callback_time();
  while (event::now() == outside) {
  }
  CHECK(loop->callback_time() > outside);
}
