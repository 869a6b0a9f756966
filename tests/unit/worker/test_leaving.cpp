// VIPs that are given up while the node runs on: together, once, and only to somebody.
#include "apps/hapair/worker/leaving.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::worker {
namespace {

using lb::test::HttpFixture;
using lb::test::kGet;
using lb::test::kHeadEnd;
using Order = Leaving::Order;

config::Model two_vips() {
  config::Model model;
  model.vips.resize(2);
  model.vips[0].name = "VI_1";
  model.vips[1].name = "VI_2";
  model.sync_groups.push_back({.name = "site", .vips = {0, 1}});
  model.process.drain_timeout = std::chrono::seconds(10);
  return model;
}

/// Two VIPs of one group that this node is master of; a request runs over the first.
struct LeavingScene {
  LeavingScene() {
    endpoints = {f.add_frontend({.backend = 0}, 0), f.add_frontend({.backend = 0}, 1)};
    for (const std::size_t vip : {0U, 1U}) f.engine.enable_binds(vip);
    client = f.Fixture::connect(endpoints[0]);
    client->send(kGet);
    server = f.accept();
    (void)f.receive_until(*server, kHeadEnd);
  }
  void step_down(const std::vector<std::size_t>& masters) {
    for (const std::size_t vip : {0U, 1U}) {
      leaving.begin(
          vip, Order::kStepDown, masters, "told to",
          [this, vip] {
            gone.push_back(vip);
            f.engine.disable_binds(vip, true);
          },
          [this] { return peer; });
    }
  }
  void finish() {
    server->send(lb::test::kHello);
    (void)f.receive_all(*client);
    f.settle();
  }
  [[nodiscard]] std::size_t noted(std::string_view id) const {
    std::size_t count = 0;
    for (const auto& event : journal.events()) count += event.id == id ? 1U : 0U;
    return count;
  }
  [[nodiscard]] bool serves(const base::Endpoint& vip) {
    auto late = f.Fixture::connect(vip);
    late->send(kGet);
    auto peer_of_it = f.accept();
    (void)f.receive_until(*peer_of_it, kHeadEnd);
    peer_of_it->send(lb::test::kHello);
    return f.receive_until(*late, "hello").find("Connection: close") == std::string::npos;
  }

  HttpFixture f{1, {}, {.reuse = lb::ReuseMode::kNever}};
  config::Model model = two_vips();
  base::Journal journal;
  Leaving leaving{*f.loop, model, f.engine, f.log, journal};
  std::vector<base::Endpoint> endpoints;
  std::unique_ptr<lb::test::Peer> client;
  std::unique_ptr<lb::test::Peer> server;
  std::vector<std::size_t> gone;
  bool peer = true;
};

TEST_CASE("VIPs of a sync group leave together, once the slowest has finished") {
  LeavingScene s;
  CHECK(s.leaving.together(0) == std::vector<std::size_t>{0, 1});
  s.step_down({0, 1});
  s.f.settle();
  CHECK(s.gone.empty());
  s.finish();
  CHECK(s.gone == std::vector<std::size_t>{0, 1});
  CHECK_FALSE(s.leaving.cancel(0));
}

TEST_CASE("a repeated order neither begins anew nor gives more time") {
  LeavingScene s;
  s.step_down({0, 1});
  s.f.settle();
  CHECK(s.noted("vip-leaving") == 2);
  s.step_down({0, 1});
  s.leaving.begin(0, Order::kMaintenance, {0, 1}, "maintenance", [&s] { s.gone.push_back(7); });
  s.step_down({0, 1});
  s.f.settle();
  CHECK(s.noted("vip-leaving") == 2);
  s.finish();
  // Maintenance waits longer than stepping down, and takes its place.
  CHECK(s.gone == std::vector<std::size_t>{7, 1});
}

TEST_CASE("where nobody would take over any more the order is taken back and all serve on") {
  LeavingScene s;
  s.step_down({0, 1});
  s.peer = false;
  s.finish();
  CHECK(s.gone.empty());
  CHECK(s.noted("step-down-withdrawn") == 2);
  for (const base::Endpoint& vip : s.endpoints) CHECK(s.serves(vip));
  s.peer = true;
  s.step_down({0, 1});
  s.f.settle();
  CHECK(s.gone.size() == 2);
}

TEST_CASE(
    "a drain that nobody waits for any more is taken back, one that another waits for is not") {
  LeavingScene s;
  s.step_down({0, 1});
  CHECK(s.leaving.cancel(0));
  s.f.settle();
  CHECK(s.gone.empty());
  CHECK(s.leaving.cancel(1));
  s.server->send(lb::test::kHello);
  CHECK(s.f.receive_until(*s.client, "hello").find("Connection: close") == std::string::npos);
  CHECK(s.gone.empty());
  CHECK(s.serves(s.endpoints[0]));
}

TEST_CASE("to step down at once does not wait for what drains") {
  LeavingScene s;
  s.step_down({0, 1});
  s.step_down({});
  s.f.settle();
  CHECK(s.gone == std::vector<std::size_t>{0, 1});
  CHECK(s.f.receive_all(*s.client).empty());
}

}  // namespace
}  // namespace hapair::worker
