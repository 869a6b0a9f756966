// What is on its way to the journal, and how the guardian knows that it was late.
#include <doctest/doctest.h>

#include <string>

#include "apps/hapair/guardian/decision_log.hpp"
#include "apps/hapair/guardian/late_watch.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;

TEST_CASE("every record above debug is a decision, with both clocks and the figures") {
  DecisionLog decisions;
  base::Logger log;
  log.add_sink(decisions, base::LogLevel::kInfo);
  CHECK(decisions.next() == nullptr);
  log.debug("vrrp-checksum", "VI_1", "of no interest");
  CHECK(decisions.next() == nullptr);
  decisions.set_figures([] { return Figures{{"holds", "VI_1"}}; });
  const base::Instant before = event::now();
  log.warning("worker-failed", "guardian", "the worker died");
  REQUIRE(decisions.next() != nullptr);
  CHECK(decisions.next()->id == "worker-failed");
  CHECK(decisions.next()->subject == "guardian");
  CHECK(decisions.next()->cause == "the worker died");
  CHECK(decisions.next()->figures == Figures{{"holds", "VI_1"}});
  CHECK(decisions.next()->at >= before);
  CHECK(decisions.next()->wall > base::WallTime{});
  decisions.pop();
  CHECK(decisions.next() == nullptr);
  log.remove_sink(decisions);
  log.warning("worker-failed", "guardian", "again");
  CHECK(decisions.next() == nullptr);
}

TEST_CASE("while nobody takes them the oldest go first") {
  DecisionLog decisions;
  for (std::size_t i = 0; i <= DecisionLog::kCapacity; ++i) {
    decisions.add({.id = "x", .subject = std::to_string(i), .cause = {}});
  }
  CHECK(decisions.lost() == 1);
  CHECK(decisions.next()->subject == "1");
  decisions.clear();
  CHECK(decisions.next() == nullptr);
}

TEST_CASE("a wake-up far too late is told, once a minute") {
  constexpr base::Instant kStart{1h};
  LateWatch watch;
  CHECK_FALSE(watch.on_wake(kStart, kStart + 5ms));  // an event came first
  CHECK_FALSE(watch.on_wake(kStart + LateWatch::kLate, kStart));
  CHECK(watch.on_wake(kStart + 51ms, kStart) == 51ms);
  CHECK_FALSE(watch.on_wake(kStart + 10s + 80ms, kStart + 10s));
  CHECK(watch.longest() == 80ms);
  CHECK(watch.on_wake(kStart + 70s + 60ms, kStart + 70s) == 60ms);
}

TEST_CASE("an address that goes behind a long pause has gone with its lease") {
  constexpr base::Instant kStart{1h};
  LateWatch watch;
  (void)watch.on_wake(kStart + 1s, kStart);
  CHECK_FALSE(watch.lease_ran_out(kStart + 1s));
  (void)watch.on_wake(kStart + 5s, kStart + 2s);
  CHECK(watch.lease_ran_out(kStart + 5s));
  CHECK(watch.lease_ran_out(kStart + 5900ms));
  CHECK_FALSE(watch.lease_ran_out(kStart + 6s));
}

}  // namespace
}  // namespace hapair::guardian
