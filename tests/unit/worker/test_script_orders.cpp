#include <doctest/doctest.h>

#include <vector>

#include "apps/hapair/worker/script_orders.hpp"

namespace hapair::worker {
namespace {

using guardian::NotifyEnded;
using guardian::RunScript;
using guardian::ScriptOrder;
using guardian::Tell;
using guardian::TellState;
using vrrp::NotifyState;
using Orders = std::vector<ScriptOrder>;
using Lost = ScriptOrders::Lost;

constexpr std::size_t kOnMaster = 0;
constexpr std::size_t kOnAny = 1;
constexpr std::size_t kCheck = 2;

config::Model model() {
  config::Model model;
  model.scripts.resize(3);
  model.notifies = {{.name = "web", .by_state = {kOnMaster}, .any = kOnAny}, {.name = "quiet"}};
  model.notifies[1].by_state[1] = kOnAny;
  return model;
}

TellState told(NotifyState state, std::uint8_t priority, Tell scripts = Tell::kAll) {
  return {.subject = 0, .state = state, .priority = priority, .scripts = scripts};
}

NotifyEnded ended(NotifyState state, std::size_t script) {
  return {.subject = 0, .state = state, .script = static_cast<std::uint16_t>(script), .result = {}};
}

struct OrdersBench {
  config::Model of = model();
  ScriptOrders orders{of};
};

TEST_CASE("before there is a process orders wait, and then come in order") {
  OrdersBench bench;
  ScriptOrders& orders = bench.orders;
  CHECK(orders.tell(0, NotifyState::kBackup, 90).empty());
  CHECK(orders.tell(0, NotifyState::kMaster, 100).empty());
  CHECK(orders.run(kCheck).empty());
  CHECK(orders.unended(0) == 3);
  CHECK(orders.on_gone().empty());  // nothing was given, so nothing is lost
  CHECK(orders.on_ready() ==
        Orders{told(NotifyState::kBackup, 90), told(NotifyState::kMaster, 100), RunScript{kCheck}});
  CHECK(orders.tell(0, NotifyState::kFault, 0) == Orders{told(NotifyState::kFault, 0)});
  CHECK(orders.run(kCheck) == Orders{RunScript{kCheck}});
  CHECK(orders.unended(0) == 4);
  CHECK(orders.unended(1) == 0);
}

TEST_CASE("what has ended is not lost; the next process only knows of it") {
  OrdersBench bench;
  ScriptOrders& orders = bench.orders;
  (void)orders.on_ready();
  (void)orders.tell(0, NotifyState::kMaster, 100);
  (void)orders.run(kCheck);
  orders.on_ended(ended(NotifyState::kMaster, kOnMaster));
  CHECK(orders.unended(0) == 1);
  orders.on_ended(ended(NotifyState::kMaster, kOnAny));
  orders.on_ended(kCheck);
  orders.on_ended(ended(NotifyState::kMaster, kOnAny));  // of the worker before: it is nobody's
  orders.on_ended(NotifyEnded{.subject = 7, .result = {}});
  CHECK(orders.on_gone().empty());
  CHECK(orders.on_ready() == Orders{told(NotifyState::kMaster, 100, Tell::kNothing)});
}

TEST_CASE("the newest state is told again, to those that had not ended, and checks run anew") {
  OrdersBench bench;
  ScriptOrders& orders = bench.orders;
  (void)orders.on_ready();
  (void)orders.tell(0, NotifyState::kBackup, 90);
  (void)orders.tell(0, NotifyState::kMaster, 100);
  (void)orders.run(kCheck);
  CHECK(orders.on_gone() == std::vector{Lost{.subject = 0,
                                             .runs = {{NotifyState::kBackup, 90, kOnAny},
                                                      {NotifyState::kMaster, 100, kOnMaster},
                                                      {NotifyState::kMaster, 100, kOnAny}},
                                             .again = true}});
  CHECK(orders.unended(0) == 2);
  // What is told meanwhile comes behind it.
  CHECK(orders.tell(0, NotifyState::kFault, 0).empty());
  const auto known = told(NotifyState::kMaster, 100, Tell::kNothing);
  CHECK(orders.on_ready() == Orders{known, told(NotifyState::kMaster, 100),
                                    told(NotifyState::kFault, 0), RunScript{kCheck}});
}

TEST_CASE("a script that had ended does not run twice") {
  OrdersBench bench;
  ScriptOrders& orders = bench.orders;
  (void)orders.on_ready();
  (void)orders.tell(0, NotifyState::kMaster, 100);
  orders.on_ended(ended(NotifyState::kMaster, kOnMaster));
  const auto lost = orders.on_gone();
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].runs == std::vector<vrrp::Notice>{{NotifyState::kMaster, 100, kOnAny}});
  CHECK(orders.on_ready() == Orders{told(NotifyState::kMaster, 100, Tell::kNothing),
                                    told(NotifyState::kMaster, 100, Tell::kAnyOnly)});
}

TEST_CASE("news that is lost twice is let go; the next is told as ever") {
  OrdersBench bench;
  ScriptOrders& orders = bench.orders;
  (void)orders.on_ready();
  (void)orders.tell(0, NotifyState::kMaster, 100);
  CHECK(orders.on_gone().at(0).again);
  CHECK(orders.on_gone().empty());  // it had not been given yet
  CHECK(orders.on_ready().size() == 2);
  CHECK_FALSE(orders.on_gone().at(0).again);
  CHECK(orders.on_ready() == Orders{told(NotifyState::kMaster, 100, Tell::kNothing)});
  (void)orders.tell(0, NotifyState::kFault, 0);
  CHECK(orders.on_gone().at(0).again);
}

TEST_CASE("of news that the process left out nothing is waited for") {
  OrdersBench bench;
  ScriptOrders& orders = bench.orders;
  (void)orders.on_ready();
  (void)orders.tell(0, NotifyState::kBackup, 90);
  (void)orders.tell(0, NotifyState::kMaster, 100);
  (void)orders.tell(0, NotifyState::kFault, 0);
  orders.on_ended(ended(NotifyState::kMaster, kOnAny));
  CHECK(orders.unended(0) == 1);
}

TEST_CASE("so much news waits and no more: the oldest is left out, and counted") {
  OrdersBench bench;
  ScriptOrders& orders = bench.orders;
  (void)orders.tell(0, NotifyState::kMaster, 100);  // two runs
  for (std::size_t i = 0; i < ScriptOrders::kMaxHeld; ++i) {
    (void)orders.tell(0, NotifyState::kBackup, 90);
  }
  CHECK(orders.left_out(0) == 2);
  CHECK(orders.on_ready() == Orders(ScriptOrders::kMaxHeld, told(NotifyState::kBackup, 90)));
}

}  // namespace
}  // namespace hapair::worker
