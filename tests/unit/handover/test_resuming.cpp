// Elections, health and the journal go on where those of another process stopped.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <variant>

#include "common/base/histogram.hpp"
#include "common/base/journal.hpp"
#include "common/base/text.hpp"
#include "libcheck/core/quorum.hpp"
#include "libcheck/core/registry.hpp"
#include "liblb/core/counters.hpp"
#include "libvrrp/core/election.hpp"

namespace hapair {
namespace {

using namespace std::chrono_literals;

const base::Instant kStart = base::from_ns(1'000'000'000'000);

vrrp::GroupSettings settings() {
  vrrp::GroupSettings settings;
  settings.name = "VI_1";
  settings.vrid = 51;
  settings.advert_interval = 100ms;
  settings.own_address = base::IpAddress::parse("10.0.0.1").value();
  settings.addresses = {base::IpAddress::parse("10.0.0.100").value()};
  return settings;
}

vrrp::Fitness fit(std::uint8_t priority) {
  vrrp::Fitness fitness;
  fitness.priority = priority;
  return fitness;
}

vrrp::Fitness unfit(std::string reason) {
  vrrp::Fitness fitness = fit(100);
  fitness.verdict = vrrp::Verdict::kUnfit;
  fitness.reason = std::move(reason);
  return fitness;
}

template <class Effect>
std::size_t count(const vrrp::Effects& effects) {
  return static_cast<std::size_t>(std::ranges::count_if(
      effects, [](const vrrp::Effect& each) { return std::holds_alternative<Effect>(each); }));
}

/// One that has become master.
vrrp::Election master() {
  vrrp::Election election(settings(), fit(100));
  (void)election.on_start(kStart);
  const auto effects = election.on_deadline(*election.memory().deadline);
  REQUIRE(election.state() == vrrp::State::kMaster);
  return election;
}

}  // namespace

TEST_CASE("a master goes on as master: nothing is told, put or announced, and its tick goes on") {
  const vrrp::Election before = master();
  vrrp::Election election(settings(), fit(100));
  const base::Instant due = *before.memory().deadline;
  const auto effects = election.resume(before.memory(), due - 50ms);
  CHECK(election.state() == vrrp::State::kMaster);
  REQUIRE(effects.size() == 1);
  CHECK(std::get<vrrp::ArmDeadline>(effects[0]).at == due);
  CHECK(election.memory() == before.memory());
  // Its adverts have gone on all the while, so it was not away.
  vrrp::Election late(settings(), fit(100));
  (void)late.resume(before.memory(), due + 1s);
  (void)late.on_deadline(due + 1100ms);
  CHECK(late.state() == vrrp::State::kMaster);
}

TEST_CASE("a master that has another priority by now says so, and one that is unfit resigns") {
  const vrrp::Election before = master();
  vrrp::Election other(settings(), fit(80));
  const auto told = other.resume(before.memory(), kStart + 10s);
  CHECK(count<vrrp::Advertise>(told) == 1);
  vrrp::Election broken(settings(), unfit("no carrier"));
  const auto left = broken.resume(before.memory(), kStart + 10s);
  CHECK(broken.state() == vrrp::State::kFault);
  CHECK(count<vrrp::StopAdvertising>(left) == 1);
  CHECK(count<vrrp::ReleaseVips>(left) == 1);
}

TEST_CASE("a backup waits for what is left of its time, with the interval that it has learnt") {
  vrrp::Election before(settings(), fit(50));
  (void)before.on_start(kStart);
  const vrrp::Advert advert{.version = vrrp::Version::kV3,
                            .vrid = 51,
                            .priority = 100,
                            .interval = 200ms,
                            .addresses = settings().addresses};
  (void)before.on_advert(advert, base::IpAddress::parse("10.0.0.2").value(), kStart + 1s);
  vrrp::Election election(settings(), fit(50));
  const auto effects = election.resume(before.memory(), kStart + 1100ms);
  CHECK(election.master_interval() == 200ms);
  CHECK(election.would_be_master_at() == before.would_be_master_at());
  CHECK(effects.size() == 1);
  (void)election.on_deadline(*election.would_be_master_at());
  CHECK(election.state() == vrrp::State::kMaster);
}

TEST_CASE("one that was in fault and is fit now listens first; one that never began begins") {
  vrrp::Election before(settings(), unfit("no carrier"));
  (void)before.on_start(kStart);
  vrrp::Election election(settings(), fit(100));
  (void)election.resume(before.memory(), kStart + 1s);
  CHECK(election.state() == vrrp::State::kBackup);
  CHECK(election.would_be_master_at() > kStart + 1s);
  vrrp::Election fresh(settings(), fit(100));
  (void)fresh.resume({}, kStart);
  CHECK(fresh.state() == vrrp::State::kBackup);
  const auto nothing = fresh.resume(before.memory(), kStart);
  CHECK(nothing.empty());
}

TEST_CASE("a backup without a deadline, from a damaged record, waits for an interval") {
  vrrp::ElectionMemory memory;
  memory.state = vrrp::State::kBackup;
  vrrp::Election election(settings(), fit(100));
  (void)election.resume(memory, kStart);
  CHECK(election.would_be_master_at() == kStart + 100ms);
}

namespace {

check::Moment at(base::Duration since) { return {kStart + since, base::WallTime(since)}; }

const check::CheckResult kBad{.code = check::CheckCode::kL4Refused, .info = "Connection refused"};

struct Heard final : check::HealthListener {
  int changes = 0;
  int adopted = 0;
  void on_health_change(check::TargetId, const check::Target&, check::State) noexcept override {
    ++changes;
  }
  void on_health_adopted(check::TargetId, const check::Target&, check::State) noexcept override {
    ++adopted;
  }
};

}  // namespace

TEST_CASE("a target that was down is down at once, and nobody is told of it as of a change") {
  check::Registry before;
  const auto old = before.add("web/one", {2, 2}, at(0s));
  before.report(old, kBad, at(1s));
  check::Registry registry;
  const auto id = registry.add("web/one", {2, 3}, at(5s));
  Heard heard;
  const auto subscription = registry.subscribe_all(heard);
  const check::Quorum quorum(registry, {id}, 1);
  registry.adopt(id, before.get(old), at(6s));
  const check::Target& target = registry.get(id);
  CHECK(target.state == check::State::kDown);
  CHECK(target.reason == before.get(old).reason);
  CHECK(target.since.at == kStart + 1s);
  CHECK(target.counter.limits().fall == 3);
  CHECK(heard.changes == 0);
  CHECK(heard.adopted == 1);
  CHECK(quorum.state() == check::State::kDown);
}

TEST_CASE("an operator's word goes over, and can be taken back there") {
  check::Registry before;
  const auto old = before.add_unchecked("web/one", at(0s));
  before.set_order(old, check::Order::kMaintenance, "ordered by root", at(1s));
  check::Registry registry;
  const auto id = registry.add_unchecked("web/one", at(5s));
  registry.adopt(id, before.get(old), at(6s));
  CHECK(registry.get(id).state == check::State::kMaintenance);
  registry.set_order(id, check::Order::kNone, "", at(7s));
  CHECK(registry.get(id).state == check::State::kUp);
}

TEST_CASE("a verdict without a result counts for nothing, and one that follows goes along") {
  check::Target damaged;
  damaged.state = check::State::kDown;
  damaged.counter = check::RiseFall({1, 1}, check::Verdict::kFailing, 5);
  check::Registry registry;
  const auto id = registry.add("a", {1, 1}, at(0s));
  const auto follower = registry.add_unchecked("b", at(0s));
  registry.follow(follower, id, at(0s));
  registry.adopt(id, damaged, at(1s));
  CHECK(registry.get(id).state == check::State::kUnknown);
  check::Target good = damaged;
  good.counter = check::RiseFall({1, 1}, check::Verdict::kPassing, 5);
  good.results.push({base::WallTime(), {.code = check::CheckCode::kL4Ok, .info = {}}});
  registry.adopt(id, good, at(1s));
  CHECK(registry.get(id).state == check::State::kUp);
  CHECK(registry.get(id).counter.against() == 0);
  CHECK(registry.get(follower).state == check::State::kUp);
}

TEST_CASE("a journal goes on: what was decided meanwhile comes behind, with new numbers") {
  const auto event = [](std::string id) {
    return base::JournalEvent{
        .id = std::move(id), .subject = {}, .from = {}, .to = {}, .cause = {}};
  };
  base::Journal before;
  for (int i = 0; i < 5; ++i) before.add(event("old"));
  base::Journal journal;
  journal.restore({before.events().begin(), before.events().begin() + 2});  // of a file
  const auto first = journal.add(event("mine"));
  {
    const base::Journal::Cause cause(journal, first);
    journal.add(event("mine too"));
  }
  journal.go_on({before.events().begin(), before.events().end()});
  REQUIRE(journal.events().size() == 7);
  CHECK(journal.events()[5].id == "mine");
  CHECK(journal.events()[5].number == 6);
  CHECK(journal.events()[6].number == 7);
  CHECK(journal.events()[6].caused_by == 6);
  CHECK(journal.restored() == 5);
  CHECK(journal.add(event("next")) == 8);
  journal.go_on({});
  CHECK(journal.last_number() == 8);
}

TEST_CASE("distributions and counters go over as figures") {
  base::Histogram before;
  before.record(3ms);
  before.record(5s);
  base::Histogram after;
  after.record(1s);
  after.adopt(before.figures());
  CHECK(after.count() == 2);
  CHECK(after.sum() == before.sum());
  CHECK(after.max() == 5s);
  CHECK(after.quantile(0.5) == before.quantile(0.5));
  lb::TrafficCounters counters;
  counters.requests = 7;
  counters.reuses = 3;
  counters.responses.count(503);
  counters.sessions.add();
  counters.total_time.record(4ms);
  counters.last_session = kStart;
  lb::TrafficCounters next;
  next.adopt(counters.figures());
  CHECK(next.requests == 7);
  CHECK(next.reuses == 3);
  CHECK(next.responses.counts()[4] == 1);
  CHECK(next.sessions.current() == 0);
  CHECK(next.sessions.max() == 1);
  CHECK(next.total_time.mean() == 4ms);
  CHECK(next.last_session == kStart);
}

}  // namespace hapair
