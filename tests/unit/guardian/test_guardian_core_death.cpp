// How a worker ends, and what the guardian makes of it.
#include <doctest/doctest.h>

#include <chrono>
#include <vector>

#include "apps/hapair/guardian/guardian_core.hpp"
#include "tests/unit/guardian/guardian_world.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST_CASE("a dying worker's addresses fall silent first, then its groups resign") {
  for (const Failure sign : {Failure::kLifeLost, Failure::kGasp, Failure::kChannelEnd}) {
    World world = master_of_group_1();
    CHECK(world.core.on_worker_dying(sign, world.now) ==
          Actions{SilenceAddresses{{1}}, SendAdvert{1, 0, 100ms}, WorkerFailed{sign}});
    CHECK(world.core.on_worker_dying(Failure::kChannelEnd, world.now).empty());
    CHECK_FALSE(world.core.takes_orders());
    CHECK(world.refusal(Hold{1}) == "hold: the worker counts as dead");
  }
}

TEST_CASE("the addresses go when the process has ended") {
  World world = master_of_group_1();
  (void)world.core.on_worker_dying(Failure::kLifeLost, world.now);
  world.now += 8ms;
  CHECK(world.core.on_worker_gone(world.now) == Actions{RemoveAddresses{{1}}});
  CHECK_FALSE(world.core.next_wake().has_value());
}

TEST_CASE("the addresses go after 100 ms at the latest, and the process is killed") {
  World world = master_of_group_1();
  (void)world.core.on_worker_dying(Failure::kLifeLost, world.now);
  CHECK(world.pass(99ms).empty());
  CHECK(world.pass(1ms) == Actions{RemoveAddresses{{1}}, KillWorker{}});
  CHECK(world.core.on_worker_gone(world.now).empty());
}

TEST_CASE("a process that ends without any sign is silenced, resigned and removed at once") {
  World world = master_of_group_1();
  CHECK(world.core.on_worker_gone(world.now) ==
        Actions{SilenceAddresses{{1}}, SendAdvert{1, 0, 100ms}, WorkerFailed{Failure::kGone},
                RemoveAddresses{{1}}});
}

TEST_CASE("a backup's worker dies without anything on the network") {
  World world = serving();
  CHECK(world.core.on_worker_gone(world.now) == Actions{WorkerFailed{Failure::kGone}});
}

TEST_CASE("a hung worker is found at its limit, not before, and killed") {
  World world = master_of_group_1();
  world.pass(1s);
  const Instant last_beat = world.beat;
  world.hangs = true;
  const Actions before = world.pass(last_beat + kLimit - world.now);
  CHECK(only<WorkerFailed>(before).empty());
  CHECK(world.pass(1us) == Actions{SilenceAddresses{{1}}, SendAdvert{1, 0, 100ms},
                                   WorkerFailed{Failure::kHung}, KillWorker{}});
}

TEST_CASE("a worker that waits for the CPU is neither killed nor resigned for") {
  World world = master_of_group_1();
  world.pass(1s);
  world.hangs = world.starves = true;
  const Actions actions = world.pass(4 * kLimit - 20ms);
  CHECK(only<WorkerFailed>(actions).empty());
  CHECK(only<WorkerStarved>(actions).size() == 1);
  CHECK(only<SendAdvert>(actions) == std::vector(9, SendAdvert{1, 254, 100ms}));
  CHECK_FALSE(only<RenewAddresses>(actions).empty());
  SUBCASE("it beats again: told of anew the next time") {
    world.hangs = false;
    CHECK(only<WorkerStarved>(world.pass(1s)).empty());
    world.hangs = true;
    CHECK(only<WorkerStarved>(world.pass(2 * kLimit)).size() == 1);
  }
  SUBCASE("it gets the CPU and does not beat: it hangs") {
    world.starves = false;
    CHECK(only<WorkerFailed>(world.pass(GuardianCore::kLookEvery)) ==
          std::vector{WorkerFailed{Failure::kHung}});
  }
  SUBCASE("for more than four limits: it counts as dead") {
    const Actions late = world.pass(40ms);
    CHECK(only<WorkerFailed>(late) == std::vector{WorkerFailed{Failure::kStarved}});
    CHECK(only<KillWorker>(late).size() == 1);
  }
}

TEST_CASE("a worker that takes in a new configuration has eight limits for it") {
  World world = master_of_group_1();
  world.pass(1s);
  world.hangs = world.reloads = true;
  const Actions actions = world.pass(8 * kLimit - 20ms);
  CHECK(only<WorkerFailed>(actions).empty());
  CHECK(only<WorkerStarved>(actions).empty());
  CHECK(only<SendAdvert>(actions).size() > 15);
  SUBCASE("it beats again: all is well") {
    world.hangs = world.reloads = false;
    CHECK(only<WorkerFailed>(world.pass(1s)).empty());
  }
  SUBCASE("it is done and does not beat: it hangs") {
    world.reloads = false;
    CHECK(only<WorkerFailed>(world.pass(GuardianCore::kLookEvery)) ==
          std::vector{WorkerFailed{Failure::kHung}});
  }
  SUBCASE("for more than that: it counts as dead") {
    CHECK(only<KillWorker>(world.pass(40ms)).size() == 1);
  }
}

TEST_CASE("a heartbeat out of the future is as good as one of now") {
  World world = serving();
  (void)world.core.on_time(world.now, {Instant::max()});
  CHECK(world.core.next_wake() == world.now + kLimit + 1ns);
  world.hangs = true;
  CHECK(only<KillWorker>(world.pass(kLimit + 1ns)).size() == 1);
}

TEST_CASE("no advert leaves and no lease is renewed once the heartbeat is stale") {
  World world = master_of_group_1();
  world.hangs = true;
  const Actions actions = world.pass(5s);
  for (const SendAdvert& advert : only<SendAdvert>(actions)) {
    if (advert.priority != 0) continue;
    CHECK(advert == SendAdvert{1, 0, 100ms});
  }
  CHECK(only<SendAdvert>(actions).size() == 3);  // at 100 and 200 ms, and the resignation
  CHECK(only<RenewAddresses>(actions).empty());
}

TEST_CASE("a worker is not blamed when the whole host stood still") {
  World world = master_of_group_1();
  world.pass(150ms);
  const Instant last_beat = world.beat;
  world.now += 3s;  // neither the guardian nor the worker ran
  CHECK(world.core.on_time(world.now, {last_beat}).empty());
  REQUIRE(world.core.next_wake().has_value());
  CHECK(*world.core.next_wake() > world.now);
  SUBCASE("it beats again: adverts and leases go on in an interval") {
    world.now += 5ms;
    CHECK(world.core.on_time(world.now, {world.now}).empty());
    CHECK(world.core.on_address_taken(1, world.now).empty());
    world.now += 95ms;
    const Actions actions = world.core.on_time(world.now, {world.now});
    CHECK(only<SendAdvert>(actions) == std::vector{SendAdvert{1, 254, 100ms}});
    CHECK(only<RenewAddresses>(actions).size() == 1);
  }
  SUBCASE("it does not: it has one more limit, without adverts") {
    world.hangs = true;
    CHECK(world.pass(kLimit - 1ms).empty());
    CHECK(only<WorkerFailed>(world.pass(1ms)) == std::vector{WorkerFailed{Failure::kHung}});
  }
}

TEST_CASE("the core knows since when no peer can have missed it") {
  World world = master_of_group_1();
  CHECK(world.core.steady_since() == kStart);
  world.pass(1s);
  CHECK(world.core.steady_since() == kStart);
  world.now += 300ms;
  (void)world.core.on_time(world.now, {world.now});
  CHECK(world.core.steady_since() == kStart);
  world.now += 300ms + 1ns;
  (void)world.core.on_time(world.now, {world.now});
  const Instant since = world.now;
  CHECK(world.core.steady_since() == since);
  world.pass(1s);
  CHECK(world.core.steady_since() == since);
  SUBCASE("a waiting worker's adverts leave in time") {
    world.hangs = world.starves = true;
    world.pass(2 * kLimit);
    CHECK(world.core.steady_since() == since);
  }
  SUBCASE("those that are withheld do not") {
    world.now += 3s;
    CHECK(world.core.on_time(world.now, {world.beat}).empty());
    CHECK(world.core.steady_since() == world.now);
  }
}

TEST_CASE("a worker that does not become ready is killed") {
  World world;
  (void)world.core.on_worker_started(world.now);
  CHECK(world.pass(GuardianCore::kStartLimit - 1ms).empty());
  CHECK(world.pass(1ms) == Actions{WorkerFailed{Failure::kStartLimit}, KillWorker{}});
}

TEST_CASE("a new worker begins with nothing of the old one's") {
  World world = master_of_group_1();
  (void)world.core.on_worker_gone(world.now);
  world.start_worker();
  const Actions actions = world.pass(3s);
  CHECK(actions.empty());
  CHECK(world.core.takes_orders());
}

TEST_CASE("a new worker's arrival ends the old one's affairs first") {
  World world = master_of_group_1();
  const Actions actions = world.core.on_worker_started(world.now);
  CHECK(only<RemoveAddresses>(actions).size() == 1);
  CHECK(only<SendAdvert>(actions) == std::vector{SendAdvert{1, 0, 100ms}});
}

}  // namespace
}  // namespace hapair::guardian
