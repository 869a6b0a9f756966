#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "apps/hapair/guardian/script_desk.hpp"

namespace hapair::guardian {
namespace {

using vrrp::NotifyState;
using Run = ScriptDesk::Run;

constexpr std::size_t kOnMaster = 0;
constexpr std::size_t kOnAny = 1;
constexpr std::size_t kCheck = 2;
// Runs of the two subjects, behind those of the three scripts by themselves.
constexpr std::size_t kVipRun = 3;
constexpr std::size_t kGroupRun = 4;

Grants grants() {
  Grants grants;
  grants.scripts = {{.argv = {"/on-master"}}, {.argv = {"/on-any"}}, {.argv = {"/check"}}};
  grants.notifies = {{.subject = vrrp::NotifySubject::kInstance,
                      .name = "web",
                      .by_state = {kOnMaster},
                      .any = kOnAny},
                     {.subject = vrrp::NotifySubject::kGroup, .name = "both", .any = kOnAny}};
  return grants;
}

Run notify(std::size_t number, std::size_t script, std::vector<std::string> arguments) {
  return {.number = number,
          .script = script,
          .arguments = std::move(arguments),
          .lane = scripts::ScriptRunner::Lane::kNotify};
}

TEST_CASE("a script is run by itself, and its end reported") {
  const Grants granted = grants();
  ScriptDesk desk(granted);
  CHECK(desk.on_order(RunScript{kCheck}).value() == Run{.number = kCheck, .script = kCheck});
  const scripts::ScriptResult result{.number = 2, .line = "no"};
  const auto end = desk.on_end(kCheck, result);
  CHECK(end.report == ScriptReport(ScriptEnded{kCheck, result}));
  CHECK_FALSE(end.next);
  CHECK(desk.name_of(end.report) == "/check");
  CHECK(desk.told_all());
}

TEST_CASE("what is not granted is refused") {
  const Grants granted = grants();
  ScriptDesk desk(granted);
  CHECK(desk.on_order(RunScript{3}).error().message == "run-script: there is no script 3");
  CHECK(desk.on_order(TellState{.subject = 2}).error().message ==
        "tell-state: there is no subject 2");
}

TEST_CASE("a state's own script comes first, then the one of any state, then the next state") {
  const Grants granted = grants();
  ScriptDesk desk(granted);
  CHECK(desk.on_order(TellState{0, NotifyState::kMaster, 100}).value() ==
        notify(kVipRun, kOnMaster, {"INSTANCE", "web", "MASTER", "100"}));
  CHECK_FALSE(desk.on_order(TellState{0, NotifyState::kBackup, 90}).value());
  // The other subject does not wait for it.
  CHECK(desk.on_order(TellState{1, NotifyState::kMaster, 0}).value() ==
        notify(kGroupRun, kOnAny, {"GROUP", "both", "MASTER", "0"}));
  CHECK_FALSE(desk.told_all());

  auto end = desk.on_end(kVipRun, {.number = 7});
  CHECK(end.report == ScriptReport(NotifyEnded{.subject = 0,
                                               .state = NotifyState::kMaster,
                                               .priority = 100,
                                               .script = kOnMaster,
                                               .waiting = 2,
                                               .skipped = 0,
                                               .result = {.number = 7}}));
  CHECK(desk.name_of(end.report) == "/on-master for web MASTER");
  CHECK(end.next == notify(kVipRun, kOnAny, {"INSTANCE", "web", "MASTER", "100"}));
  end = desk.on_end(kVipRun, {});
  CHECK(end.next == notify(kVipRun, kOnAny, {"INSTANCE", "web", "BACKUP", "90"}));
  CHECK_FALSE(desk.on_end(kVipRun, {}).next);
  CHECK_FALSE(desk.on_end(kGroupRun, {}).next);
  CHECK(desk.told_all());
}

TEST_CASE("a worker that dies as master leaves a fault, one that has said stop does not") {
  const Grants granted = grants();
  ScriptDesk desk(granted);
  (void)desk.on_order(TellState{0, NotifyState::kMaster, 100});
  (void)desk.on_order(TellState{1, NotifyState::kBackup, 0});
  (void)desk.on_end(kVipRun, {});
  (void)desk.on_end(kVipRun, {});
  CHECK(desk.on_worker_gone() ==
        std::vector{notify(kVipRun, kOnAny, {"INSTANCE", "web", "FAULT", "0"})});
  // The next worker dies before it has said anything.
  CHECK(desk.on_worker_gone().empty());
  (void)desk.on_end(kVipRun, {});
  (void)desk.on_order(TellState{0, NotifyState::kMaster, 100});
  (void)desk.on_order(TellState{0, NotifyState::kStop, 100});
  CHECK(desk.on_worker_gone().empty());
  CHECK_FALSE(desk.on_order(TellState{0, NotifyState::kMaster, 100}).value());
}

TEST_CASE("alerts run beside each other, with words, where the script may hear of them") {
  Grants granted = grants();
  granted.scripts.push_back({.argv = {"/changed", "arg"}, .hears = true});
  ScriptDesk desk(granted);
  TellAlert alert{.script = 3, .number = 70, .words = {"server", "web/a", "up", "down", "why"}};
  const Run first = desk.on_order(alert).value().value();
  CHECK(first.script == 3);
  CHECK(first.arguments == std::vector<std::string>{"server", "web/a", "up", "down", "why"});
  CHECK(first.lane == scripts::ScriptRunner::Lane::kAlert);
  alert.number = 71;
  const Run second = desk.on_order(alert).value().value();
  CHECK(second.number != first.number);
  CHECK_FALSE(desk.told_all());
  const scripts::ScriptResult result{.number = 3};
  const auto end = desk.on_end(second.number, result);
  CHECK(end.report == ScriptReport(AlertEnded{.script = 3, .number = 71, .result = result}));
  CHECK(desk.name_of(end.report) == "/changed");
  CHECK_FALSE(end.next);
  (void)desk.on_end(first.number, {});
  CHECK(desk.told_all());

  alert.script = kCheck;
  CHECK(desk.on_order(alert).error().message == "tell-alert: script 2 hears of none");
  alert.script = 4;
  CHECK(desk.on_order(alert).error().message == "tell-alert: script 4 hears of none");
  alert.script = 3;
  for (int i = 0; i < 256; ++i) CHECK(desk.on_order(alert));
  CHECK(desk.on_order(alert).error().message == "tell-alert: too many at once");
}

TEST_CASE("what the process before has told is known, and only what it had not is run") {
  const Grants granted = grants();
  ScriptDesk desk(granted);
  TellState tell{.subject = 0, .state = NotifyState::kMaster, .priority = 100};
  tell.scripts = Tell::kNothing;
  CHECK_FALSE(desk.on_order(tell).value());
  CHECK(desk.told_all());
  CHECK(desk.on_worker_gone() ==
        std::vector{notify(kVipRun, kOnAny, {"INSTANCE", "web", "FAULT", "0"})});
  CHECK_FALSE(desk.on_end(kVipRun, {}).next);
  tell.scripts = Tell::kAnyOnly;
  CHECK(desk.on_order(tell).value() ==
        notify(kVipRun, kOnAny, {"INSTANCE", "web", "MASTER", "100"}));
  CHECK_FALSE(desk.on_end(kVipRun, {}).next);
}

}  // namespace
}  // namespace hapair::guardian
