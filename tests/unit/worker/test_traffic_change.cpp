// A configuration that takes the place of another one while all runs: what stays, what becomes
// another generation, and that nothing that is known of servers is forgotten.
#include "apps/hapair/worker/traffic_change.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "apps/hapair/worker/traffic_plan.hpp"
#include "tests/unit/worker/traffic_scene.hpp"

using namespace hapair;
using namespace hapair::traffic_scene;
using namespace std::chrono_literals;

namespace {

worker::TrafficPlan plan_of(const config::Model& running, const config::Model& next) {
  return worker::plan_traffic(running, next, worker::ModelMap(running, next),
                              std::vector<bool>(running.backends.size(), true));
}

}  // namespace

TEST_CASE("what is equal is kept, and what hangs together changes together") {
  const config::Model running = model_of(at(1), at(2));
  config::Model next = running;
  auto plan = plan_of(running, next);
  CHECK(std::ranges::all_of(plan.backends, &worker::BackendFate::kept));
  CHECK(std::ranges::all_of(plan.frontends, &worker::TrafficPlan::Part::kept));
  CHECK(plan.keeps_shelf);

  next.backends[0].timeouts.server = 7s;  // the frontend before it refers to another one then
  plan = plan_of(running, next);
  CHECK_FALSE(plan.backends[0].kept);
  CHECK_FALSE(plan.frontends[0].kept);
  CHECK(plan.backends[1].kept);
  CHECK(plan.frontends[1].kept);

  next = running;
  next.frontends[1].timeouts.client = 7s;
  plan = plan_of(running, next);
  CHECK(std::ranges::all_of(plan.backends, &worker::BackendFate::kept));
  CHECK(plan.frontends[0].kept);
  CHECK_FALSE(plan.frontends[1].kept);
}

TEST_CASE("servers, their weights, limits and checks change in place") {
  const config::Model running = model_of(at(1), at(2));
  config::Model next = running;
  next.backends[0].servers[0].weight = 9;
  next.backends[0].servers[1].max_connections = 9;
  next.backends[0].servers.push_back(server("c", 1003));
  next.backends[0].check->interval = 9s;
  next.backends[1].servers.erase(next.backends[1].servers.begin());
  next.backends[1].check.reset();
  const auto plan = plan_of(running, next);
  CHECK(std::ranges::all_of(plan.backends, &worker::BackendFate::kept));
  CHECK(std::ranges::all_of(plan.frontends, &worker::TrafficPlan::Part::kept));
}

TEST_CASE("where the file's order tells who gets traffic, other servers are another generation") {
  config::Model running = model_of(at(1), at(2));
  running.backends[0].balance.algorithm = lb::Algorithm::kFirst;
  config::Model next = running;
  next.backends[0].servers.push_back(server("c", 1003));
  CHECK_FALSE(plan_of(running, next).backends[0].kept);
  next = running;
  next.backends[0].servers[1].weight = 9;
  CHECK(plan_of(running, next).backends[0].kept);
}

TEST_CASE("a bind's VIP is told by its name, its TLS by its terms") {
  config::Model running = model_of(at(1), at(2));
  running.vips = {vip("VI_1"), vip("VI_2")};
  running.frontends[0].binds[0].vip = 0;
  config::Model next = running;
  std::ranges::reverse(next.vips);
  CHECK_FALSE(plan_of(running, next).frontends[0].kept);
  next.frontends[0].binds[0].vip = 1;
  CHECK(plan_of(running, next).frontends[0].kept);

  running.tls_files = {{.path = "/a.pem"}};
  running.tls = {{.name = "frontends.web.bind[0].tls", .certificates = {0}}};
  running.frontends[0].binds[0].tls = 0;
  next = running;
  next.tls_files.insert(next.tls_files.begin(), {.path = "/0.pem"});
  next.tls[0].certificates = {1};
  CHECK(plan_of(running, next).frontends[0].kept);
  next.tls[0].certificates = {0};
  CHECK_FALSE(plan_of(running, next).frontends[0].kept);
}

TEST_CASE("rules change their frontend when what they refer to is elsewhere") {
  config::Model running = model_of(at(1), at(2));
  running.tables = {{.name = "clients", .by = {}}, {.name = "keys", .by = {}}};
  running.frontends[0].count_in = {1};
  config::Model next = running;
  CHECK(plan_of(running, next).frontends[0].kept);
  next.tables.erase(next.tables.begin());
  next.frontends[0].count_in = {0};
  const auto plan = plan_of(running, next);
  CHECK(plan.tables[0].kept);  // with what it has counted
  CHECK_FALSE(plan.frontends[0].kept);
  CHECK(plan.frontends[1].kept);
}

TEST_CASE("health is never forgotten, neither in place nor in another generation") {
  TrafficScene s;
  s.report("app", "a", true);
  s.report("app", "b", false);
  s.health->registry().set_order(s.health->find("static", "a").value(), check::Order::kMaintenance,
                                 "work", {event::now(), event::wall_now()});
  CHECK(s.shown("app", "a") == "UP");
  CHECK(s.shown("app", "b") == "DOWN");
  config::Model next = s.model;
  next.backends[0].timeouts.server = 7s;  // all of it anew
  next.backends[0].servers.insert(next.backends[0].servers.begin(), server("c", 1003));
  s.reload(next);
  CHECK(s.state("app", "b") == check::State::kDown);
  CHECK(s.shown("app", "a") == "UP");
  CHECK(s.shown("app", "b") == "DOWN");
  CHECK(s.shown("app", "c") == "INI");
  CHECK(s.shown("static", "a") == "MAINT");
  s.report("app", "b", true);
  CHECK(s.shown("app", "b") == "UP");

  next = s.model;
  next.backends[0].check->interval = 9s;
  next.backends[0].check->rise = 1;
  next.backends[0].servers.erase(next.backends[0].servers.begin() + 1);  // a
  s.reload(next);
  CHECK(s.shown("app", "b") == "UP");
  CHECK(s.shown("app", "a").empty());
  CHECK_FALSE(s.health->find("app", "a"));
  CHECK(s.engine->old_generations() == 0);
}

TEST_CASE("where backends move, nobody is told by places that are no more") {
  TrafficScene s;
  config::Model next = s.model;
  next.backends[1].agent.emplace().timeout = 2s;
  next.backends[1].agent->place.port = 1009;
  s.reload(next);
  s.report("static", "a", true);
  s.report("static", "b", false);
  s.health->registry().hear(s.health->find("static", "a").value(), {.weight_percent = 50},
                            "by its agent", {event::now(), event::wall_now()});
  next = s.model;
  next.backends.erase(next.backends.begin());
  next.backends[0].agent.reset();
  next.frontends.erase(next.frontends.begin());
  next.frontends[0].default_backend = 0;
  s.reload(next);
  CHECK(s.shown("static", "a") == "UP");
  CHECK(s.shown("static", "b") == "DOWN");
}

TEST_CASE("a server that was out for its failures gets another chance in another generation") {
  TrafficScene s;
  s.report("app", "a", true);
  const auto id = s.health->find("app", "a").value();
  s.health->registry().set_outlier(id, check::Outlier::kEjected, "5 failures",
                                   {event::now(), event::wall_now()});
  config::Model next = s.model;
  next.backends[0].timeouts.server = 7s;
  s.reload(next);
  CHECK(s.health->registry().get(id).outlier == check::Outlier::kNone);
  CHECK(s.shown("app", "a") == "UP");
}

TEST_CASE("keys of cookies that are made of the cluster's name change with it") {
  TrafficScene s;
  s.model.backends[0].cookie.emplace();
  config::Model next = s.model;
  CHECK(plan_of(s.model, next).backends[0].kept);
  next.cluster.name = "other";
  CHECK_FALSE(plan_of(s.model, next).backends[0].kept);
  CHECK(plan_of(s.model, next).backends[1].kept);
  s.model.cookie_key = next.cookie_key = "secret";
  CHECK(plan_of(s.model, next).backends[0].kept);
}

TEST_CASE("a server at another address is another server, unknown until it is checked") {
  TrafficScene s;
  s.report("app", "a", true);
  config::Model next = s.model;
  next.backends[0].servers[0].address = at(1009);
  s.reload(next);
  CHECK(s.state("app", "a") == check::State::kUnknown);
  CHECK(s.shown("app", "a") == "INI");
}

TEST_CASE("frontends and backends come and go, and others may take their sockets") {
  TrafficScene s;
  s.report("static", "a", true);
  config::Model next = s.model;
  next.backends.erase(next.backends.begin());
  next.frontends.erase(next.frontends.begin());
  next.frontends[0].default_backend = 0;
  config::Bind taken = s.model.frontends[0].binds[0];  // of the one that goes
  taken.id = 5;
  next.frontends[0].binds.push_back(taken);
  CHECK(new_binds(s.model, next).empty());
  s.reload(next);
  CHECK(s.shown("static", "a") == "UP");
  CHECK(s.shown("app", "a").empty());
  CHECK(s.shown("other", "FRONTEND") == "OPEN");
  CHECK(s.shown("other", s.web.to_string()) == "OPEN");

  next = s.model;
  config::Frontend fresh = next.frontends[0];
  fresh.name = "fresh";
  const base::Endpoint where = free_endpoint();
  fresh.binds = {bind(9, where)};
  next.frontends.push_back(fresh);
  CHECK(new_binds(s.model, next) == std::vector<std::uint16_t>{9});
  s.reload(next);
  CHECK(s.shown("fresh", where.to_string()) == "OPEN");
  CHECK(s.engine->stats().changes == 2);
}

TEST_CASE("a change that is not committed has changed nothing") {
  TrafficScene s;
  s.report("app", "a", true);
  config::Model next = s.model;
  next.backends[0].timeouts.server = 7s;
  next.backends[1].servers.clear();
  {
    const auto change = s.prepare(next);
    REQUIRE(change);
  }
  CHECK(s.shown("app", "a") == "UP");
  CHECK(s.shown("static", "b") == "INI");
  CHECK(s.model.backends[0].timeouts.server != 7s);
}

TEST_CASE("servers that follow others go and come with them") {
  TrafficScene s;
  config::Model next = s.model;
  next.backends[1].servers[1].track = "app/a";
  s.reload(next);
  s.report("app", "a", true);
  CHECK(s.state("static", "b") == check::State::kUp);
  next = s.model;
  next.backends[0].servers[0].address = at(1009);
  s.reload(next);
  CHECK(s.state("static", "b") == check::State::kUnknown);
  s.report("app", "a", true);
  CHECK(s.state("static", "b") == check::State::kUp);
  next = s.model;
  next.backends[0].servers.erase(next.backends[0].servers.begin());
  next.backends[1].servers[1].track.clear();
  s.reload(next);
  CHECK(s.state("static", "b") == check::State::kUnknown);
}

TEST_CASE("targets come and go, and keep their state by their names") {
  TrafficScene s;
  config::Model next = s.model;
  config::Target uplink;
  uplink.name = "uplink";
  next.targets = {uplink};
  s.reload(next);
  const auto id = s.health->registry().find("uplink").value();
  s.health->on_target_found(
      {.target = 0, .outcome = guardian::TargetOutcome::kGood, .detail = "up"});
  CHECK(s.health->registry().get(id).state == check::State::kUp);
  next = s.model;
  uplink.name = "other";
  next.targets.insert(next.targets.begin(), uplink);
  s.reload(next);
  CHECK(s.health->registry().find("uplink") == id);
  CHECK(s.health->registry().get(id).state == check::State::kUp);
  s.health->on_target_found(
      {.target = 1, .outcome = guardian::TargetOutcome::kBad, .detail = "down"});
  CHECK(s.health->registry().get(id).state == check::State::kDown);
  next = s.model;
  next.targets.clear();
  s.reload(next);
  CHECK_FALSE(s.health->registry().find("uplink"));
}
