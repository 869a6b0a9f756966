#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "libcheck/core/schedule.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using check::Schedule;

namespace {
const base::Instant kStart = base::from_ns(5'000'000'000);
}

TEST_CASE("the first checks of a few targets come within milliseconds, those of many are spread") {
  CHECK(check::first_check_spread(2, 2s) == 2ms);
  CHECK(check::first_check_spread(1000, 2s) == 1s);
  CHECK(check::first_check_spread(10'000, 2s) == 2s);

  base::Random random(1);
  std::vector<base::Instant> firsts;
  for (int i = 0; i < 1000; ++i) firsts.push_back(Schedule(2s, random).first(kStart, 1s));
  std::ranges::sort(firsts);
  CHECK(firsts.front() >= kStart);
  CHECK(firsts.back() <= kStart + 1s);
  for (std::size_t tenth = 1; tenth < 10; ++tenth) {
    const auto offset = firsts[tenth * 100] - kStart;
    CHECK(offset > tenth * 100ms - 60ms);
    CHECK(offset < tenth * 100ms + 60ms);
  }
}

TEST_CASE("an interval does not drift, however long a check takes and however late the loop is") {
  base::Random random(2);
  base::Random delays(3);
  Schedule schedule(2s, random);
  base::Instant due = schedule.first(kStart, 2ms);
  base::Instant last;
  const base::Instant second = schedule.next(due, due + 1ms, 2s);
  CHECK(second - due >= 1s);
  CHECK(second - due <= 3s + 105ms);
  last = second;
  for (int i = 0; i < 1000; ++i) {
    const base::Instant began = last + delays.below(base::Duration(20ms));
    const base::Instant next =
        schedule.next(began, began + delays.below(base::Duration(500ms)), 2s);
    // Jitter is at most a twentieth, so two checks are 2 s apart give or take 0.1 s...
    CHECK(next - last >= 1895ms);
    CHECK(next - last <= 2105ms);
    last = next;
  }
  // ...and after a thousand of them still no further from where the grid says.
  CHECK(last - second > 2000s - 105ms);
  CHECK(last - second < 2000s + 105ms);
}

TEST_CASE("slots missed while the loop stood still are skipped, not made up for") {
  base::Random random(4);
  Schedule schedule(1s, random);
  base::Instant began = schedule.next(schedule.first(kStart, 1ms), kStart + 10ms, 1s);
  const base::Instant after_stall = schedule.next(began, began + 10s + 300ms, 1s);
  CHECK(after_stall >= began + 10s + 300ms);
  CHECK(after_stall <= began + 11s + 55ms);
  const base::Instant next = schedule.next(after_stall, after_stall + 1ms, 1s);
  CHECK(next - after_stall >= 945ms);
  CHECK(next - after_stall <= 1055ms);
}

TEST_CASE("another interval counts from the check that was just made, and does not drift either") {
  base::Random random(5);
  Schedule schedule(2s, random);
  const base::Instant first = schedule.first(kStart, 1ms);
  base::Instant began = schedule.next(first, first + 5ms, 500ms);
  CHECK(began - first >= 500ms);
  CHECK(began - first <= 530ms);
  for (int i = 1; i < 100; ++i) began = schedule.next(began, began + 5ms, 500ms);
  CHECK(began - first >= 50s);
  CHECK(began - first <= 50s + 30ms);
  // A check that took longer than the interval: the next is at once on the grid.
  const base::Instant slow = schedule.next(began, began + 1700ms, 500ms);
  CHECK(slow - began >= 1700ms);
  CHECK(slow - began <= 2030ms);
  const base::Instant back = schedule.next(slow, slow + 5ms, 10s);
  CHECK(back - slow >= 10s);
  CHECK(back - slow <= 10s + 505ms);
}

TEST_CASE(
    "checks of many targets are due on common ticks, those of a short interval on finer ones") {
  base::Random random(6);
  for (int i = 0; i < 100; ++i) {
    Schedule slow(2s, random);
    const base::Instant first = slow.first(kStart, 1s);
    CHECK(first.time_since_epoch() % 5ms == 0ms);
    CHECK(slow.next(first, first + 1ms, 2s).time_since_epoch() % 5ms == 0ms);
    Schedule quick(10ms, random);
    CHECK(quick.first(kStart, 10ms) <= kStart + 10ms + 500us);
  }
}

TEST_CASE("schedules replay from their seed and differ between seeds") {
  base::Random one(7);
  base::Random same(7);
  base::Random other(8);
  CHECK(Schedule(2s, one).first(kStart, 1s) == Schedule(2s, same).first(kStart, 1s));
  CHECK(Schedule(2s, one).first(kStart, 1s) != Schedule(2s, other).first(kStart, 1s));
}
