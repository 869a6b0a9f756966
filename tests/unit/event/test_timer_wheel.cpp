#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "common/base/random.hpp"
#include "common/event/timer_wheel.hpp"

using namespace hapair;
using namespace std::chrono_literals;

namespace {

struct Guarded {
  int fired = 0;
  event::WheelTimer timer{event::Callback<>::to<&Guarded::on_timeout>(this)};
  void on_timeout() noexcept { ++fired; }
};

const base::Instant kStart = base::from_ns(1'000'000'000);

}  // namespace

TEST_CASE("a wheel timer fires once, not early and at most a tick late") {
  event::TimerWheel wheel(kStart);
  Guarded guarded;
  wheel.arm(guarded.timer, kStart + 1s);
  wheel.advance(kStart + 999ms);
  CHECK(guarded.fired == 0);
  wheel.advance(kStart + 1s + event::TimerWheel::kTick);
  CHECK(guarded.fired == 1);
  CHECK_FALSE(guarded.timer.armed());
  wheel.advance(kStart + 100s);
  CHECK(guarded.fired == 1);
}

TEST_CASE("a deadline moved later, earlier or beyond the wheel's span holds") {
  event::TimerWheel wheel(kStart);
  Guarded later;
  Guarded earlier;
  Guarded far;
  wheel.arm(later.timer, kStart + 1s);
  wheel.arm(later.timer, kStart + 3s);
  wheel.arm(earlier.timer, kStart + 10s);
  wheel.arm(earlier.timer, kStart + 1s);
  wheel.arm(far.timer, kStart + 300s);
  wheel.advance(kStart + 2s);
  CHECK(later.fired == 0);
  CHECK(earlier.fired == 1);
  wheel.advance(kStart + 4s);
  CHECK(later.fired == 1);
  wheel.advance(kStart + 299s);
  CHECK(far.fired == 0);
  wheel.advance(kStart + 301s);
  CHECK(far.fired == 1);
}

TEST_CASE("a wheel that stood still for a day fires what is due and keeps the rest") {
  event::TimerWheel wheel(kStart);
  Guarded due;
  Guarded kept;
  wheel.arm(due.timer, kStart + 5s);
  wheel.arm(kept.timer, kStart + 24h + 10s);
  wheel.advance(kStart + 24h);
  CHECK(due.fired == 1);
  CHECK(kept.fired == 0);
  wheel.advance(kStart + 24h + 10s + event::TimerWheel::kTick);
  CHECK(kept.fired == 1);
}

TEST_CASE("a callback may destroy the other timers of its slot") {
  event::TimerWheel wheel(kStart);
  struct Killer {
    std::vector<std::unique_ptr<Guarded>> victims;
    event::WheelTimer timer{event::Callback<>::to<&Killer::on_timeout>(this)};
    void on_timeout() noexcept { victims.clear(); }
  };
  Killer killer;
  for (int i = 0; i < 3; ++i) {
    killer.victims.push_back(std::make_unique<Guarded>());
    wheel.arm(killer.victims.back()->timer, kStart + 1s);
  }
  wheel.arm(killer.timer, kStart + 1s);  // newest first: fires before its victims
  wheel.advance(kStart + 2s);
  CHECK(killer.victims.empty());
}

TEST_CASE("any order of arming and moving fires each timer within its tick") {
  base::Random random(7);
  event::TimerWheel wheel(kStart);
  std::vector<std::unique_ptr<Guarded>> all;
  std::vector<base::Instant> deadlines;
  for (int i = 0; i < 500; ++i) all.push_back(std::make_unique<Guarded>());
  deadlines.resize(all.size());
  base::Instant now = kStart;
  for (int step = 0; step < 2000; ++step) {
    now += random.below(base::Duration(100ms));
    wheel.advance(now);
    const std::size_t pick = random.below(all.size());
    deadlines[pick] = now + random.below(base::Duration(60s));
    all[pick]->fired = 0;
    wheel.arm(all[pick]->timer, deadlines[pick]);
    const std::size_t probe = random.below(all.size());
    if (deadlines[probe] == base::Instant{}) continue;
    if (now < deadlines[probe]) CHECK(all[probe]->fired == 0);
    if (now >= deadlines[probe] + event::TimerWheel::kTick) CHECK(all[probe]->fired == 1);
  }
}
