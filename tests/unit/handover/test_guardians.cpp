// Two guardians that change places, over real channels and a real page, with every end it may have.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "apps/hapair/guardian/duty_page.hpp"
#include "apps/hapair/guardian/guardian_core.hpp"
#include "apps/hapair/guardian/handover_giver.hpp"
#include "apps/hapair/guardian/handover_names.hpp"
#include "apps/hapair/guardian/handover_taker.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;

const base::Instant kNow = base::from_ns(1'000'000'000'000);

Grants grants() {
  Grants grants;
  grants.interfaces = {"eth0"};
  GroupGrant group;
  group.name = "VI_1";
  group.router_id = 51;
  group.source = base::IpAddress::parse("10.0.0.1").value();
  group.addresses.push_back({.prefix = {base::IpAddress::parse("10.0.0.100").value(), 24}});
  grants.groups = {group};
  BindGrant bind;
  bind.endpoint = {base::IpAddress::parse("10.0.0.100").value(), 80};
  grants.binds = {bind};
  grants.control.path = "/run/hapair/control.sock";
  return grants;
}

struct Host final : HandoverGiver::Host {
  std::vector<GiveAway::What> asked;
  std::vector<handover::Duty> standing;
  void ask_worker(const GiveAway& what, const std::vector<int>& fds) override {
    CHECK(fds.size() == (what.what == GiveAway::What::kState ? 1 : 0));
    asked.push_back(what.what);
  }
  [[nodiscard]] std::vector<handover::Duty> duties() const override { return standing; }
};

struct Pair {
  Pair() {
    auto page = DutyPage::create();
    REQUIRE(page);
    auto shared = DutyPage::share(net::UniqueFd(::dup(page->fd())));
    auto ends = net::SeqpacketChannel::pair();
    REQUIRE(shared);
    REQUIRE(ends);
    host.standing = {duty_of(granted.groups[0], granted)};
    giver.emplace(host, granted, std::move(ends->first), std::move(*page));
    taker.emplace(std::move(ends->second), std::move(*shared));
  }
  /// Up to the state.
  void come_so_far() {
    REQUIRE(taker->ask_state());
    giver->on_readable(kNow);
    giver->on_state({.whole = true});
    const auto state = taker->read_state();
    REQUIRE(state);
    REQUIRE(state->has_value());
    CHECK((*state)->memory);
    CHECK((*state)->duties == host.standing);
  }

  Grants granted = grants();
  Host host;
  std::optional<HandoverGiver> giver;
  std::optional<HandoverTaker> taker;
};

using Outcome = HandoverGiver::Outcome;

}  // namespace

TEST_CASE("a duty is taken once, or withdrawn once") {
  auto page = DutyPage::create();
  REQUIRE(page);
  auto other = DutyPage::share(net::UniqueFd(::dup(page->fd())));
  REQUIRE(other);
  CHECK_FALSE(page->taken());
  CHECK(other->take());
  CHECK(page->taken());
  CHECK_FALSE(page->withdraw());
  CHECK(other->take());
  auto next = DutyPage::create();
  CHECK(next->withdraw());
  CHECK_FALSE(next->take());
  CHECK(next->withdrawn());
  CHECK_FALSE(DutyPage::share(net::UniqueFd(::open("/dev/null", O_RDWR))));
}

TEST_CASE("the whole way: sockets, state, and the duty changes hands") {
  Pair pair;
  CHECK(pair.giver->outcome(kNow) == Outcome::kPending);
  net::UniqueFd socket(::open("/dev/null", O_RDONLY));
  const std::vector<SocketTag> tags{{SocketKind::kBind, 0}, {SocketKind::kBind, 9}};
  std::vector<net::UniqueFd> fds;
  fds.emplace_back(::dup(socket.get()));
  fds.emplace_back(::dup(socket.get()));
  pair.giver->on_sockets({.sockets = tags, .last = true}, fds);
  REQUIRE(pair.taker->fetch_sockets());
  CHECK(pair.taker->socket("tcp 10.0.0.100:80"));
  CHECK_FALSE(pair.taker->socket("tcp 10.0.0.100:80"));
  pair.giver->on_readable(kNow);
  CHECK_FALSE(pair.giver->still());
  pair.come_so_far();
  CHECK(pair.giver->still());
  using What = GiveAway::What;
  CHECK(pair.host.asked == std::vector<What>{What::kSockets, What::kState});
  CHECK(pair.taker->take());
  CHECK(pair.giver->outcome(kNow) == Outcome::kGiven);
  CHECK_FALSE(pair.giver->keep("too late"));
}

TEST_CASE("whoever stands still for too long goes on, and the other can't take any more") {
  Pair pair;
  pair.come_so_far();
  CHECK(pair.giver->outcome(kNow + 2s) == Outcome::kPending);
  CHECK(pair.giver->outcome(kNow + 2s + 1ns) == Outcome::kKept);
  CHECK(pair.giver->reason() == "the new hapair did not take over in time");
  CHECK_FALSE(pair.taker->take());
}

TEST_CASE("the other's end, its refusal and its nonsense keep the duty here") {
  Pair gone;
  gone.taker.reset();
  gone.giver->on_readable(kNow);
  CHECK(gone.giver->outcome(kNow) == Outcome::kKept);
  Pair refused;
  refused.taker->refuse("another VIP");
  refused.giver->on_readable(kNow);
  CHECK(refused.giver->outcome(kNow) == Outcome::kKept);
  CHECK(refused.giver->reason() == "another VIP");
  Pair lost;
  lost.come_so_far();
  lost.giver->on_state({.whole = false});
  CHECK(lost.giver->outcome(kNow) == Outcome::kKept);
}

TEST_CASE("the end of the one that hands over ends it for the other") {
  Pair pair;
  pair.giver.reset();
  CHECK_FALSE(pair.taker->read_state());
  CHECK_FALSE(pair.taker->fetch_sockets());
}

TEST_CASE("orders are about a group that is the same in both configurations, or refused") {
  const Grants granted = grants();
  handover::Duty duty = duty_of(granted.groups[0], granted);
  CHECK(group_for(duty, granted).value() == 0);
  duty.router_id = 52;
  CHECK_FALSE(group_for(duty, granted));
  duty.group = "VI_2";
  CHECK(group_for(duty, granted).error().message.find("VI_2") != std::string::npos);
  CHECK(socket_name({SocketKind::kControl, 0}, granted) == "control /run/hapair/control.sock");
  CHECK(socket_name({SocketKind::kVrrp6, 0}, granted) == "vrrp6 eth0");
  CHECK(socket_name({SocketKind::kVrrp4, 7}, granted).empty());
}

TEST_CASE(
    "a guardian that has handed over resigns nothing, removes nothing, and waits for its worker") {
  const std::vector<GuardianCore::GroupPlan> plans{{.addresses = 2}};
  GuardianCore core(plans, 250ms);
  (void)core.on_worker_started(kNow);
  REQUIRE(core.on_order(WorkerReady{}, kNow));
  REQUIRE(core.on_order(Advertise{0, 100, 100ms}, kNow));
  REQUIRE(core.on_order(Hold{0}, kNow));
  CHECK(core.orders_of(0).advertising);
  CHECK(core.orders_of(0).held);
  CHECK(core.orders_of(0).priority == 100);
  CHECK(core.on_handed_over(10s, kNow).empty());
  CHECK(core.held_groups().empty());
  CHECK(core.on_time(kNow + 150ms, {.beat = kNow + 150ms}).empty());
  SUBCASE("it leaves in order") {
    CHECK(core.on_order(Left{}, kNow + 1s).value().empty());
    CHECK(core.on_worker_gone(kNow + 1s) == Actions{Finish{}});
  }
  SUBCASE("it dies") {
    const Actions actions = core.on_worker_gone(kNow + 1s);
    CHECK(actions == Actions{WorkerFailed{Failure::kGone}, Finish{}});
  }
  SUBCASE("it takes too long") {
    const Actions actions = core.on_time(kNow + 11s, {.beat = kNow + 11s});
    CHECK(actions == Actions{WorkerFailed{Failure::kLeaveLimit}, KillWorker{}});
  }
}

}  // namespace hapair::guardian
