#include <doctest/doctest.h>

#include <string>

#include "libcheck/core/registry.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using check::CheckCode;
using check::State;

namespace {

check::Moment moment(base::Duration since_start) {
  return {base::from_ns(since_start.count()), base::WallTime(since_start)};
}

const check::CheckResult kGood{.code = CheckCode::kL4Ok, .status = 0, .duration = 1ms, .info = {}};
const check::CheckResult kBad{
    .code = CheckCode::kL4Refused, .status = 0, .duration = 0ms, .info = "Connection refused"};

struct Recorder final : check::HealthListener {
  std::string heard;
  check::Subscription* drop_on_call = nullptr;

  void on_health_change(check::TargetId, const check::Target& target,
                        State previous) noexcept override {
    heard += target.name + ":" + std::string(check::to_string(previous)) + "-" +
             std::string(check::to_string(target.state)) + " ";
    if (drop_on_call != nullptr) drop_on_call->reset();
  }
};

}  // namespace

TEST_CASE("a listener hears of changes of its own target, until its subscription goes") {
  check::Registry registry;
  const auto a = registry.add("a", {1, 1}, moment(0s));
  const auto b = registry.add("b", {1, 1}, moment(0s));
  Recorder one;
  Recorder all;
  auto subscription = registry.subscribe(a, one);
  const auto to_all = registry.subscribe_all(all);
  registry.report(a, kGood, moment(1s));
  registry.report(a, kGood, moment(2s));  // no change, no call
  registry.report(b, kBad, moment(3s));
  subscription.reset();
  registry.report(a, kBad, moment(4s));
  CHECK(one.heard == "a:unknown-up ");
  CHECK(all.heard == "a:unknown-up b:unknown-down a:up-down ");
}

TEST_CASE("a result that changes nothing is told as a result, not as a change") {
  struct Results final : check::HealthListener {
    int results = 0;
    int changes = 0;
    void on_health_change(check::TargetId, const check::Target&, State) noexcept override {
      ++changes;
    }
    void on_health_result(check::TargetId, const check::Target&) noexcept override { ++results; }
  } listener;
  check::Registry registry;
  const auto a = registry.add("a", {1, 2}, moment(0s));
  const auto subscription = registry.subscribe(a, listener);
  registry.report(a, kGood, moment(1s));
  CHECK(listener.changes == 1);
  registry.report(a, kBad, moment(2s));  // one of two
  CHECK(listener.changes == 1);
  CHECK(listener.results == 1);
  registry.report(a, kBad, moment(3s));
  CHECK(listener.changes == 2);
  CHECK(listener.results == 1);
}

TEST_CASE("listeners may drop themselves and others while being told") {
  check::Registry registry;
  const auto a = registry.add("a", {1, 1}, moment(0s));
  Recorder first;
  Recorder second;
  Recorder third;
  auto one = registry.subscribe(a, first);
  auto two = registry.subscribe(a, second);
  auto three = registry.subscribe(a, third);
  first.drop_on_call = &two;
  third.drop_on_call = &three;
  registry.report(a, kGood, moment(1s));
  registry.report(a, kBad, moment(2s));
  CHECK(first.heard == "a:unknown-up a:up-down ");
  CHECK(second.heard.empty());
  CHECK(third.heard == "a:unknown-up ");
}

TEST_CASE("a moved subscription goes on, an overwritten one ends") {
  check::Registry registry;
  const auto a = registry.add("a", {1, 1}, moment(0s));
  Recorder kept;
  Recorder dropped;
  check::Subscription subscription = registry.subscribe(a, dropped);
  check::Subscription other = registry.subscribe(a, kept);
  subscription = std::move(other);
  registry.report(a, kGood, moment(1s));
  CHECK(kept.heard == "a:unknown-up ");
  CHECK(dropped.heard.empty());
}

TEST_CASE("targets are found by name, and keep their last results, newest first") {
  check::Registry registry;
  const auto a = registry.add("web/node1", {1, 3}, moment(0s));
  CHECK(registry.find("web/node1") == a);
  CHECK_FALSE(registry.find("web"));
  for (int i = 1; i <= 10; ++i) {
    auto result = kGood;
    result.duration = std::chrono::milliseconds(i);
    registry.report(a, result, moment(std::chrono::seconds(i)));
  }
  const auto& results = registry.get(a).results;
  CHECK(results.size() == check::LastResults::kCapacity);
  CHECK(results.newest().result.duration == 10ms);
  CHECK(results.newest(7).result.duration == 3ms);
  CHECK(results.newest(7).time == base::WallTime(3s));
}

TEST_CASE("a result is described in HAProxy's words") {
  CHECK(check::describe({.code = CheckCode::kL7WrongStatus,
                         .status = 500,
                         .duration = 2345us,
                         .info = "Internal Server Error"}) ==
        "Layer7 wrong status, code: 500, info: \"Internal Server Error\", check duration: 2ms");
  CHECK(check::describe(kBad) ==
        "Layer4 connection problem, info: \"Connection refused\", check duration: 0ms");
  CHECK(check::describe(kGood) == "Layer4 check passed, check duration: 1ms");
}

TEST_CASE("a target that is removed is forgotten, and its id given on") {
  check::Registry registry;
  const auto a = registry.add("a", {1, 1}, moment(0s));
  const auto b = registry.add("b", {1, 1}, moment(0s));
  const check::Target& kept = registry.get(b);
  registry.remove(a);
  CHECK_FALSE(registry.find("a"));
  CHECK(registry.ids() == std::vector{b});
  const auto c = registry.add("c", {1, 1}, moment(1s));
  CHECK(c == a);
  CHECK(registry.get(c).name == "c");
  CHECK(registry.get(c).state == State::kUnknown);
  CHECK(kept.name == "b");
  CHECK(registry.ids() == std::vector{c, b});
  registry.remove(c);
  CHECK(registry.add("a", {1, 1}, moment(2s)) == a);
}

TEST_CASE("a resolving target is not usable, and only maintenance lies over that") {
  check::Registry registry;
  Recorder recorder;
  const auto id = registry.add_resolving("web", "not resolved yet", moment(0s));
  const auto subscription = registry.subscribe(id, recorder);
  CHECK(registry.get(id).state == State::kResolving);
  CHECK(registry.get(id).reason == "not resolved yet");
  CHECK_FALSE(check::is_usable(State::kResolving));
  CHECK(check::to_string(State::kResolving) == "resolving");
  registry.set_unresolved(id, "no such name", moment(1s));
  CHECK(registry.get(id).reason == "no such name");
  registry.set_order(id, check::Order::kForceUp, "by hand", moment(2s));
  CHECK(registry.get(id).state == State::kResolving);
  registry.set_order(id, check::Order::kMaintenance, "by hand", moment(3s));
  registry.set_unresolved(id, "no answer", moment(3s));
  CHECK(registry.get(id).reason == "by hand");
  registry.set_order(id, check::Order::kNone, "", moment(4s));
  CHECK(registry.get(id).state == State::kResolving);
  CHECK(recorder.heard == "web:resolving-maintenance web:maintenance-resolving ");
}

TEST_CASE("a target that follows another one is removed, and that one stays") {
  check::Registry registry;
  const auto a = registry.add("a", {1, 1}, moment(0s));
  const auto b = registry.add("b", {1, 1}, moment(0s));
  registry.follow(b, a, moment(0s));
  registry.remove(b);
  registry.report(a, kGood, moment(1s));
  CHECK(registry.get(a).state == State::kUp);
  CHECK(registry.ids() == std::vector{a});
}
