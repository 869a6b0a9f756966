#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

#include "apps/hapair/guardian/guardian_core.hpp"
#include "tests/unit/guardian/guardian_world.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST_CASE("an order to advertise is carried out at once and then at exact times") {
  World world = serving();
  CHECK(world.order(Advertise{.group = 2, .priority = 100, .interval = 100ms}) ==
        Actions{SendAdvert{2, 100, 100ms}});
  CHECK(world.pass(99ms).empty());
  CHECK(world.pass(1ms) == Actions{SendAdvert{2, 100, 100ms}});
  CHECK(world.core.next_wake() == world.now + 100ms);
  CHECK(only<SendAdvert>(world.pass(1s)).size() == 10);
}

TEST_CASE("a late wake-up neither bunches adverts nor shifts the schedule") {
  World world = serving();
  world.order(Advertise{.group = 0, .priority = 100, .interval = 10ms});
  world.now += 14ms;
  CHECK(only<SendAdvert>(world.core.on_time(world.now, {world.now})).size() == 1);
  CHECK(world.core.next_wake() == kStart + 20ms);
  world.now = kStart + 40ms;
  CHECK(only<SendAdvert>(world.core.on_time(world.now, {world.now})).size() == 1);
  CHECK(world.core.next_wake() == kStart + 50ms);
}

TEST_CASE("after a pause in which a peer may have taken over, the election may speak first") {
  World world = serving();
  world.order(Advertise{.group = 0, .priority = 100, .interval = 10ms});
  world.now = kStart + 31ms;
  CHECK(only<SendAdvert>(world.core.on_time(world.now, {world.now})).empty());
  CHECK(world.core.next_wake() == kStart + 41ms);
  SUBCASE("it says nothing") {
    world.now = kStart + 41ms;
    CHECK(only<SendAdvert>(world.core.on_time(world.now, {world.now})).size() == 1);
  }
  SUBCASE("it steps down") {
    CHECK(world.order(StopAdvertising{.group = 0, .resign = true}) ==
          Actions{SendAdvert{0, 0, 10ms}});
    CHECK(only<SendAdvert>(world.pass(1s)).empty());
  }
}

TEST_CASE("what is sent at its time has one, what an order sends has none") {
  World world = serving();
  const Advertise order{.group = 0, .priority = 100, .interval = 10ms};
  world.order(order);
  CHECK_FALSE(world.core.last_due(0).has_value());
  world.now += 14ms;
  (void)world.core.on_time(world.now, {world.now});
  CHECK(world.core.last_due(0) == kStart + 10ms);
  world.order(Advertise{.group = 0, .priority = 80, .interval = 10ms});
  CHECK_FALSE(world.core.last_due(0).has_value());
  (void)world.pass(10ms);
  CHECK(world.core.last_due(0).has_value());
  world.order(StopAdvertising{.group = 0, .resign = true});
  CHECK_FALSE(world.core.last_due(0).has_value());
  world.order(order);
  (void)world.pass(10ms);
  (void)world.core.on_worker_dying(Failure::kGone, world.now);
  CHECK_FALSE(world.core.last_due(0).has_value());
}

TEST_CASE("a repeated order to advertise does not flood the network") {
  World world = serving();
  const Advertise order{.group = 0, .priority = 100, .interval = 1s};
  CHECK(world.order(order).size() == 1);
  CHECK(world.order(order).empty());
  CHECK(world.order(order).empty());
  world.now += 20ms;
  CHECK(world.order(order).size() == 1);
}

TEST_CASE("a changed priority is advertised at once") {
  World world = serving();
  world.order(Advertise{.group = 0, .priority = 100, .interval = 1s});
  CHECK(world.order(Advertise{.group = 0, .priority = 80, .interval = 1s}) ==
        Actions{SendAdvert{0, 80, 1s}});
}

TEST_CASE("stopping to advertise resigns only when told to, and only once") {
  World world = serving();
  const Advertise order{.group = 0, .priority = 100, .interval = 1s};
  world.order(order);
  CHECK(world.order(StopAdvertising{.group = 0, .resign = true}) == Actions{SendAdvert{0, 0, 1s}});
  CHECK(world.order(StopAdvertising{.group = 0, .resign = true}).empty());
  world.order(order);
  CHECK(world.order(StopAdvertising{.group = 0, .resign = false}) == Actions{StopAdverts{0}});
  CHECK(only<SendAdvert>(world.pass(5s)).empty());
}

TEST_CASE("held addresses are renewed together five times within their lease") {
  World world = serving();
  CHECK(world.order(Hold{0}) == Actions{PutAddresses{{{0, 0, 2}}}});
  CHECK(world.order(Hold{2}) == Actions{PutAddresses{{{2, 0, 2}}}});
  const auto renewals = only<RenewAddresses>(world.pass(2s));
  CHECK(renewals.size() == 5);
  CHECK(renewals.front() == RenewAddresses{{{0, 0, 2}, {2, 0, 2}}});
}

World with_addresses(const std::vector<std::size_t>& counts) {
  std::vector<GuardianCore::GroupPlan> plans;
  for (const std::size_t count : counts) plans.push_back({.addresses = count});
  World world{.core{plans, kLimit}};
  world.start_worker();
  return world;
}

TEST_CASE("many addresses are put on slice by slice, at once, with adverts in between") {
  World world = with_addresses({255, 1});
  world.order(Advertise{.group = 1, .priority = 254, .interval = 10ms});
  CHECK(world.order(Hold{0}) == Actions{PutAddresses{{{0, 0, 64}}}});
  CHECK(world.order(Announce{0}).empty());
  world.now += 10ms;  // the kernel kept us waiting
  CHECK(world.core.on_time(world.now, {world.now}) ==
        Actions{SendAdvert{1, 254, 10ms}, PutAddresses{{{0, 64, 64}}}});
  CHECK(world.core.next_wake() == world.now);
  CHECK(world.core.on_time(world.now, {world.now}) == Actions{PutAddresses{{{0, 128, 64}}}});
  CHECK(world.core.on_time(world.now, {world.now}) ==
        Actions{PutAddresses{{{0, 192, 63}}}, SendArp{{0, 0, 32}}});
  CHECK(world.core.next_wake() == world.now + 1ms);
}

TEST_CASE("when the last address is put on it is told since when they were wanted, once") {
  World world = with_addresses({100, 1});
  world.order(Hold{0});
  const base::Instant ordered = world.now;
  CHECK_FALSE(world.core.take_placed(0).has_value());
  world.now += 3ms;
  CHECK(world.core.on_time(world.now, {world.now}) == Actions{PutAddresses{{{0, 64, 36}}}});
  CHECK(world.core.take_placed(0) == ordered);
  CHECK_FALSE(world.core.take_placed(0).has_value());
  CHECK_FALSE(world.core.take_placed(1).has_value());
}

TEST_CASE("addresses that were on the host when they were ordered have no time of placing") {
  World world = with_addresses({100});
  world.order(Hold{0});
  world.core.forget_ordered(0);
  CHECK(world.core.on_time(world.now, {world.now}) == Actions{PutAddresses{{{0, 64, 36}}}});
  CHECK_FALSE(world.core.take_placed(0).has_value());
}

TEST_CASE("groups that are held at once share slices, and one that is released has none") {
  World world = with_addresses({40, 70, 30});
  for (const std::size_t group : {0U, 1U, 2U}) {
    world.order(Hold{static_cast<std::uint16_t>(group)});
  }
  world.order(Release{2});
  CHECK(world.pass(0ms) == Actions{});
  world.order(Hold{1});
  CHECK(world.pass(0ms) == Actions{PutAddresses{{{1, 64, 6}}}});
  world.order(Hold{1});
  world.order(Release{1});
  CHECK(world.pass(0ms).empty());
}

World with_routes(std::size_t addresses) {
  const std::array<GuardianCore::GroupPlan, 1> plan = {{{addresses, 0ms, true}}};
  World world{.core{plan, kLimit}};
  world.start_worker();
  return world;
}

TEST_CASE("routes come behind the last address, and what is missing is tried again") {
  World world = with_routes(65);
  CHECK(world.order(Hold{0}) == Actions{PutAddresses{{{0, 0, 64}}}});
  CHECK_FALSE(world.core.may_put_route_back(0, world.now));
  CHECK(world.pass(0ms) == Actions{PutAddresses{{{0, 64, 1}}}, PutRoutes{0, true}});
  CHECK(only<PutRoutes>(world.pass(1999ms)).empty());
  CHECK(only<PutRoutes>(world.pass(1ms)) == std::vector{PutRoutes{0, false}});
  CHECK(only<PutRoutes>(world.pass(10s)).size() == 5);
  world.order(Release{0});
  CHECK(world.pass(10s).empty());
}

TEST_CASE("a route that somebody takes off again and again is left to the next retry") {
  World world = with_routes(1);
  CHECK_FALSE(world.core.may_put_route_back(0, world.now));
  world.order(Hold{0});
  for (std::uint32_t i = 0; i < GuardianCore::kMaxPutBacksPerSecond; ++i) {
    CHECK(world.core.may_put_route_back(0, world.now));
  }
  CHECK_FALSE(world.core.may_put_route_back(0, world.now));
  CHECK(world.core.may_put_route_back(0, world.now + 1s));
  (void)world.core.on_worker_dying(Failure::kGasp, world.now);
  CHECK_FALSE(world.core.may_put_route_back(0, world.now + 2s));
}

TEST_CASE("an address put back has the routes looked at afresh") {
  World world = with_routes(1);
  world.order(Hold{0});
  CHECK(only<PutRoutes>(world.core.on_address_taken(0, world.now)) ==
        std::vector{PutRoutes{0, true}});
}

TEST_CASE("many addresses are renewed slice by slice, each once in a round") {
  World world = with_addresses({40, 255, 3, 0, 30});
  for (const std::size_t group : {0U, 2U, 3U, 4U}) {
    world.order(Hold{static_cast<std::uint16_t>(group)});
  }
  const auto slices = only<RenewAddresses>(world.pass(400ms));
  REQUIRE(slices.size() == 3);
  CHECK(slices[0] == RenewAddresses{{{0, 0, 32}}});
  CHECK(slices[1] == RenewAddresses{{{0, 32, 8}, {2, 0, 3}, {4, 0, 21}}});
  CHECK(slices[2] == RenewAddresses{{{4, 21, 9}}});
  CHECK(only<RenewAddresses>(world.pass(399ms)).empty());
  CHECK(only<RenewAddresses>(world.pass(1ms)).size() == 3);
}

TEST_CASE("a group released within a round is renewed no more") {
  World world = with_addresses({64, 64});
  world.order(Hold{0});
  world.order(Hold{1});
  world.pass(399ms);
  world.now += 1ms;
  CHECK(world.core.on_time(world.now, {world.now}) == Actions{RenewAddresses{{{0, 0, 32}}}});
  world.order(Release{0});
  CHECK(world.core.on_time(world.now, {world.now}) == Actions{RenewAddresses{{{1, 0, 32}}}});
  world.order(Release{1});
  CHECK(world.core.on_time(world.now, {world.now}).empty());
  world.order(Hold{0});
  CHECK(only<RenewAddresses>(world.pass(399ms)).empty());
}

TEST_CASE("an advert that is due comes between two slices, and none begins shortly before it") {
  World world = with_addresses({1000});
  world.order(Advertise{.group = 0, .priority = 100, .interval = 10ms});
  world.order(Hold{0});
  world.pass(299ms);
  Instant due = kStart + 300ms;
  std::size_t slices = 0;
  while (slices < 32) {
    world.now = std::max(world.now, *world.core.next_wake());
    world.beat = world.now;
    const Actions actions = world.core.on_time(world.now, {world.beat});
    if (!only<SendAdvert>(actions).empty()) {
      CHECK(world.now == due);
      due += 10ms;
    }
    if (only<RenewAddresses>(actions).empty()) continue;
    ++slices;
    CHECK(due - world.now >= GuardianCore::kSliceTime);
    world.now += GuardianCore::kSliceTime;  // as long as the kernel may take
  }
  CHECK(world.now < kStart + 400ms);
}

TEST_CASE("adverts too dense for a slice in between do not starve the leases") {
  World world = with_addresses(std::vector<std::size_t>(10, 20));
  for (std::uint16_t group = 0; group < 10; ++group) {
    world.order(Advertise{.group = group, .priority = 100, .interval = 10ms});
    world.order(Hold{group});
    world.pass(1ms);
  }
  std::size_t renewed = 0;
  for (const RenewAddresses& slice : only<RenewAddresses>(world.pass(2s))) {
    for (const AddressRange& range : slice.ranges) renewed += range.count;
  }
  CHECK(renewed >= std::size_t{3} * 200);
}

TEST_CASE("a renewal comes right behind an advert where one is near") {
  World world = serving();
  world.order(Advertise{.group = 0, .priority = 100, .interval = 90ms});
  world.order(Hold{0});
  CHECK(only<RenewAddresses>(world.pass(359ms)).empty());
  CHECK(world.pass(1ms) == Actions{SendAdvert{0, 100, 90ms}, RenewAddresses{{{0, 0, 2}}}});
}

TEST_CASE("releasing removes what is held and nothing else") {
  World world = serving();
  CHECK(world.order(Release{1}).empty());
  world.order(Hold{1});
  CHECK(world.order(Release{1}) == Actions{RemoveAddresses{{1}}});
  CHECK(only<RenewAddresses>(world.pass(2s)).empty());
}

TEST_CASE("orders are refused when they are not for the worker to give") {
  World world;
  CHECK(world.refusal(Hold{0}) == "hold: the worker counts as dead");
  (void)world.core.on_worker_started(world.now);
  CHECK(world.refusal(Hold{0}) == "hold: the worker has not said that it is ready");
  world.order(WorkerReady{});
  CHECK(world.refusal(Hold{3}) == "hold: there is no VIP group 3");
  CHECK(world.refusal(Announce{0}) == "announce: the group's addresses are not held");
  CHECK(world.refusal(Advertise{.group = 0, .priority = 0, .interval = 1s}) ==
        "advertise: priority 0 is for resigning");
  CHECK(world.refusal(Advertise{.group = 0, .priority = 1, .interval = 9ms}) ==
        "advertise: the interval is 10 ms to 255 s");
  CHECK(world.refusal(Advertise{.group = 0, .priority = 1, .interval = 256s}) ==
        "advertise: the interval is 10 ms to 255 s");
  CHECK(world.refusal(OpenControl{}) == "open-control: not an order");
}

TEST_CASE("a checksum form is passed on, for groups that exist") {
  World world = serving();
  const UseChecksum order{.group = 2, .peer = 1, .form = vrrp::ChecksumForm::kPlain};
  CHECK(world.order(order) ==
        Actions{SetChecksum{.group = 2, .peer = 1, .form = vrrp::ChecksumForm::kPlain}});
  CHECK(world.refusal(UseChecksum{.group = 3}) == "use-checksum: there is no VIP group 3");
}

TEST_CASE("announcements are bounded in every second") {
  World world = serving();
  world.order(Hold{0});
  std::size_t sent = 0;
  for (std::uint32_t i = 0; i < GuardianCore::kMaxAnnouncesPerSecond; ++i) {
    sent += only<SendArp>(world.order(Announce{0})).size();
  }
  CHECK(sent == 16);  // of two addresses each
  CHECK(world.refusal(Announce{0}) == "announce: more than 128 a second");
  CHECK(only<SendArp>(world.pass(1s)).size() == GuardianCore::kMaxAnnouncesOwed);
  CHECK(world.order(Announce{0}) == Actions{SendArp{{0, 0, 2}}});
}

TEST_CASE("announcements of many addresses are spread, one for each address first") {
  World world = with_addresses({255, 3});
  world.order(Hold{0});
  world.order(Hold{1});
  CHECK(only<PutAddresses>(world.pass(0ms)).size() == 3);
  CHECK(world.order(Announce{0}) == Actions{SendArp{{0, 0, 32}}});
  for (int i = 0; i < 4; ++i) CHECK(world.order(Announce{0}).empty());
  CHECK(world.order(Announce{1}).empty());
  std::array<int, 255> sent{};
  std::fill_n(sent.begin(), 32, 1);
  std::size_t frames = 32;
  const Instant begin = world.now;
  while (true) {
    const auto wake = world.core.next_wake();
    REQUIRE(wake.has_value());
    if (*wake >= begin + 100ms) break;
    world.now = std::max(world.now, *wake);
    for (const SendArp& some : only<SendArp>(world.core.on_time(world.now, {world.now}))) {
      frames += some.range.count;
      if (some.range.group == 1) CHECK(world.now == begin + 1ms);  // its turn came
      if (some.range.group == 1) continue;
      for (std::size_t i = 0; i < some.range.count; ++i) ++sent[some.range.first + i];
      const auto [fewest, most] = std::ranges::minmax(sent);
      CHECK(most - fewest <= 1);
    }
    CHECK(frames <= (static_cast<std::size_t>((world.now - begin) / 1ms) + 1) * 32);
  }
  CHECK(std::ranges::all_of(sent, [](int count) { return count == 5; }));
  CHECK(world.now - begin == 39ms);  // 1278 of them, 32 at a time
}

TEST_CASE("a group's own interval lies between any two of its announcements") {
  const std::array<GuardianCore::GroupPlan, 1> plan = {{{3, 20ms}}};
  World world{.core{plan, kLimit}};
  world.start_worker();
  world.order(Hold{0});
  CHECK(world.order(Announce{0}) == Actions{SendArp{{0, 0, 1}}});
  CHECK(world.order(Announce{0}).empty());
  CHECK(world.pass(19ms).empty());
  CHECK(world.pass(1ms) == Actions{SendArp{{0, 1, 1}}});
  CHECK(world.pass(80ms) ==
        Actions{SendArp{{0, 2, 1}}, SendArp{{0, 0, 1}}, SendArp{{0, 1, 1}}, SendArp{{0, 2, 1}}});
  CHECK(world.pass(200ms).empty());
}

TEST_CASE("what was still to be announced goes with the addresses, and with the worker") {
  World world = with_addresses({64});
  world.order(Hold{0});
  world.order(Announce{0});
  SUBCASE("released") { world.order(Release{0}); }
  SUBCASE("dying") {
    (void)world.core.on_worker_dying(Failure::kGasp, world.now);
    CHECK(only<SendArp>(world.pass(1s)).empty());
    world.start_worker();
  }
  CHECK(only<SendArp>(world.pass(1s)).empty());
  world.order(Hold{0});
  CHECK(world.order(Announce{0}) == Actions{SendArp{{0, 0, 32}}});
}

TEST_CASE("stepping down asks the worker, and is done when it has left and ended") {
  World world = master_of_group_1();
  CHECK(world.core.on_step_down(10s, world.now) == Actions{TellLeave{10s}});
  CHECK(world.core.on_step_down(1s, world.now).empty());
  // Still master while requests are finished.
  CHECK(only<SendAdvert>(world.pass(1s)).size() == 10);
  world.order(StopAdvertising{.group = 1, .resign = true});
  world.order(Release{1});
  CHECK(world.order(Left{}).empty());
  CHECK(world.core.on_worker_gone(world.now) == Actions{Finish{}});
}

TEST_CASE("a worker that leaves without handing over has it done for it") {
  World world = master_of_group_1();
  (void)world.core.on_step_down(10s, world.now);
  CHECK(world.order(Left{}) == Actions{SendAdvert{1, 0, 100ms}, RemoveAddresses{{1}}});
}

TEST_CASE("stepping down without a worker is done at once") {
  World world;
  CHECK(world.core.on_step_down(10s, world.now) == Actions{Finish{}});
}

TEST_CASE("a worker that does not hand over in time is released and killed") {
  World world = master_of_group_1();
  (void)world.core.on_step_down(2s, world.now);
  const Actions actions = world.pass(2s + GuardianCore::kLeaveMargin);
  CHECK(only<WorkerFailed>(actions) == std::vector{WorkerFailed{Failure::kLeaveLimit}});
  CHECK(only<KillWorker>(actions).size() == 1);
  CHECK(only<Finish>(actions).empty());
  CHECK(world.core.on_worker_gone(world.now).back() == Action{Finish{}});
}

TEST_CASE("stepping down ends even when the worker's process does not") {
  World world = master_of_group_1();
  (void)world.core.on_step_down(1s, world.now);
  world.order(Left{});
  const Actions actions = world.pass(GuardianCore::kLeaveMargin);
  CHECK(actions == Actions{KillWorker{}, Finish{}});
}

TEST_CASE("a worker that hangs while leaving counts as dead like any other") {
  World world = master_of_group_1();
  (void)world.core.on_step_down(10s, world.now);
  world.hangs = true;
  const Actions actions = world.pass(1s);
  CHECK(only<WorkerFailed>(actions) == std::vector{WorkerFailed{Failure::kHung}});
  CHECK(only<RemoveAddresses>(actions).size() == 1);
}

TEST_CASE("a worker that starts while the guardian steps down is sent away") {
  World world;
  (void)world.core.on_worker_started(world.now);
  (void)world.core.on_step_down(10s, world.now);
  world.order(WorkerReady{});
  CHECK(only<KillWorker>(world.pass(10s + GuardianCore::kLeaveMargin)).size() == 1);
}

TEST_CASE("an address that somebody took off is put back at once, and announced") {
  World world;
  world.start_worker();
  world.order(Hold{1});
  CHECK(world.core.on_address_taken(1, world.now) ==
        Actions{PutAddresses{{{1, 0, 2}}}, SendArp{{1, 0, 2}}});
  CHECK(world.core.on_address_taken(0, world.now).empty());  // not held
}

TEST_CASE("somebody who takes it off again and again makes no busy loop") {
  World world;
  world.start_worker();
  world.order(Hold{1});
  for (std::uint32_t i = 0; i < GuardianCore::kMaxPutBacksPerSecond; ++i) {
    CHECK_FALSE(world.core.on_address_taken(1, world.now).empty());
  }
  CHECK(world.core.on_address_taken(1, world.now).empty());
  CHECK_FALSE(world.core.on_address_taken(1, world.now + 1s).empty());
}

TEST_CASE("what a dying worker held is not put back") {
  World world;
  world.start_worker();
  world.order(Hold{1});
  (void)world.core.on_worker_dying(Failure::kGasp, world.now);
  CHECK(world.core.on_address_taken(1, world.now).empty());
}

}  // namespace
}  // namespace hapair::guardian
