#include <doctest/doctest.h>

#include <chrono>
#include <vector>

#include "apps/hapair/supervisor/restart_backoff.hpp"

namespace hapair::supervisor {
namespace {

using namespace std::chrono_literals;
using base::Duration;
using base::Instant;

TEST_CASE("the first restart is immediate, the next ones wait longer, up to five seconds") {
  RestartBackoff backoff;
  Instant now{};
  std::vector<Duration> delays;
  for (int i = 0; i < 10; ++i) {
    backoff.on_started(now);
    now += 1ms;
    const Instant due = backoff.on_ended(now);
    delays.push_back(due - now);
    now = due;
  }
  CHECK(delays ==
        std::vector<Duration>{0s, 100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5s, 5s, 5s});
}

TEST_CASE("a stable run makes the next restart immediate again") {
  RestartBackoff backoff;
  Instant now{};
  for (int i = 0; i < 4; ++i) (void)backoff.on_ended(now);
  backoff.on_started(now);
  now += RestartBackoff::kStable - 1ms;
  CHECK(backoff.on_ended(now) > now);
  backoff.on_started(now);
  now += RestartBackoff::kStable;
  CHECK(backoff.on_ended(now) == now);
}

TEST_CASE("a crash loop is told once") {
  RestartBackoff backoff;
  int told = 0;
  for (int i = 0; i < 50; ++i) {
    (void)backoff.on_ended({});
    told += backoff.loops() ? 1 : 0;
  }
  CHECK(told == 1);
}

}  // namespace
}  // namespace hapair::supervisor
