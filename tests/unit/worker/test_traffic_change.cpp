// A configuration that takes the place of another one while all runs: what stays, what becomes
// another generation, and that nothing that is known of servers is forgotten.
#include "apps/hapair/worker/traffic_change.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "apps/hapair/worker/alert_wiring.hpp"
#include "apps/hapair/worker/health_wiring.hpp"
#include "apps/hapair/worker/keeping_settings.hpp"
#include "apps/hapair/worker/log_targets.hpp"
#include "apps/hapair/worker/rule_files.hpp"
#include "apps/hapair/worker/rule_settings.hpp"
#include "apps/hapair/worker/scripts.hpp"
#include "apps/hapair/worker/server_names.hpp"
#include "apps/hapair/worker/settings.hpp"
#include "apps/hapair/worker/tls_wiring.hpp"
#include "apps/hapair/worker/traffic_plan.hpp"
#include "common/event/clock.hpp"
#include "common/net/socket.hpp"
#include "common/password/password_thread.hpp"
#include "liblb/core/stats_snapshot.hpp"

using namespace hapair;
using namespace std::chrono_literals;

namespace {

base::Endpoint at(std::uint16_t port) { return {base::IpAddress::v4(0x7f000001), port}; }

config::Server server(const std::string& name, std::uint16_t port, std::uint16_t weight = 1) {
  config::Server made;
  made.name = name;
  made.address = at(port);
  made.weight = weight;
  return made;
}

config::Bind bind(std::uint16_t id, const base::Endpoint& where) {
  config::Bind made;
  made.id = id;
  made.text = where.to_string();
  made.endpoint = where;
  return made;
}

config::Vip vip(const std::string& name) {
  config::Vip made;
  made.name = name;
  return made;
}

/// A port that nobody has.
base::Endpoint free_endpoint() {
  const net::UniqueFd socket = net::bind_tcp(at(0), {}).value();
  return net::local_endpoint(socket.get()).value();
}

/// Two backends, of which a frontend each has one.
config::Model model_of(const base::Endpoint& web, const base::Endpoint& other) {
  config::Model model;
  model.cluster.nodes = {{.name = "lb1",
                          .address = base::IpAddress::parse("192.0.2.1").value(),
                          .home = {.interface = "eth0"},
                          .networks = {},
                          .priority = 254}};
  model.log = {{.what = config::LogWhat::kRecords, .level = base::LogLevel::kError}};
  for (const std::string name : {"app", "static"}) {
    config::Backend backend;
    backend.name = name;
    config::Check& check = backend.check.emplace();
    check.fast_interval = check.down_interval = check.timeout = 2s;
    backend.servers = {server("a", 1001), server("b", 1002)};
    model.backends.push_back(backend);
  }
  std::uint16_t id = 0;
  for (const auto& [name, where] : {std::pair("web", web), std::pair("other", other)}) {
    config::Frontend frontend;
    frontend.name = name;
    frontend.default_backend = id;
    frontend.max_connections = 100;
    frontend.binds = {bind(id, where)};
    model.frontends.push_back(frontend);
    ++id;
  }
  return model;
}

/// The ids, in `next`, of the binds that need a new socket.
std::vector<std::uint16_t> new_binds(const config::Model& running, const config::Model& next) {
  std::set<std::string> known;
  for (const config::Frontend& frontend : running.frontends) {
    for (const config::Bind& bind : frontend.binds) known.insert(worker::socket_key(bind));
  }
  std::vector<std::uint16_t> ids;
  for (const config::Frontend& frontend : next.frontends) {
    for (const config::Bind& bind : frontend.binds) {
      if (!known.contains(worker::socket_key(bind))) ids.push_back(bind.id);
    }
  }
  return ids;
}

struct TrafficScene final : guardian::TargetPort, worker::TrackListener {
  TrafficScene() : loop(event::EventLoop::create().value()) {
    web = free_endpoint();
    other = free_endpoint();
    model = model_of(web, other);
    worker::TrackListener& tracks = *this;
    guardian::TargetPort& port = *this;
    passwords = password::PasswordThread::start().value();
    logs = std::make_unique<worker::LogTargets>(*loop, "lb1", false, log);
    logs->open(model);
    tls = std::make_unique<worker::TlsWiring>(*loop, model, log, journal);
    REQUIRE(tls->set_up());
    engine = std::make_unique<lb::Engine>(*loop, log, worker::engine_settings(model));
    files = std::make_unique<worker::RuleFiles>(*loop, model, engine->shelf(), log, journal);
    for (std::size_t i = 0; i < model.backends.size(); ++i) {
      engine->add_backend(worker::backend_settings(model, i));
    }
    for (const config::Frontend& frontend : model.frontends) {
      const std::size_t index = engine->add_frontend(worker::frontend_settings(frontend));
      for (const config::Bind& bind : frontend.binds) {
        REQUIRE(engine->add_bind(
            index, worker::bind_settings(model.process, bind, bound(bind), tls->of(bind))));
      }
    }
    scripts = std::make_unique<worker::Scripts>(*loop, model, log, journal);
    health = std::make_unique<worker::HealthWiring>(*loop, model, *engine, *tls, port, *scripts,
                                                    log, journal, tracks);
    names = std::make_unique<worker::ServerNames>(*loop, model, *health, *tls, log, journal);
    alerts = std::make_unique<worker::AlertWiring>(*loop, model, *tls, log, journal);
  }
  ~TrafficScene() { log.remove_sinks(); }

  [[nodiscard]] static net::UniqueFd bound(const config::Bind& bind) {
    return net::bind_tcp(bind.endpoint, {}).value();
  }
  [[nodiscard]] base::Result<std::unique_ptr<worker::TrafficChange>> prepare(config::Model next) {
    worker::NewSockets sockets;
    for (const std::uint16_t id : new_binds(model, next)) {
      for (const config::Frontend& frontend : next.frontends) {
        for (const config::Bind& bind : frontend.binds) {
          if (bind.id == id) sockets[id] = bound(bind);
        }
      }
    }
    return worker::TrafficChange::prepare({.passwords = *passwords,
                                           .engine = *engine,
                                           .tls = *tls,
                                           .rule_files = *files,
                                           .health = *health,
                                           .names = *names,
                                           .alerts = *alerts,
                                           .log_targets = *logs},
                                          model, std::move(next), std::move(sockets));
  }
  void reload(config::Model next) {
    auto change = prepare(std::move(next));
    REQUIRE(change);
    (void)(*change)->commit(loop->now());
    turn();
  }
  void turn() {
    for (int i = 0; i < 20; ++i) loop->run_once();
  }
  void report(std::string_view backend, std::string_view name, bool passed) {
    const auto id = health->find(backend, name).value();
    for (int i = 0; i < 3; ++i) {
      check::CheckResult result;
      result.code = passed ? check::CheckCode::kL4Ok : check::CheckCode::kL4Refused;
      health->registry().report(id, result, {event::now(), event::wall_now()});
    }
  }
  [[nodiscard]] check::State state(std::string_view backend, std::string_view name) const {
    return health->registry().get(health->find(backend, name).value()).state;
  }
  /// What the balancer shows of a server; empty: it does not have it.
  [[nodiscard]] std::string shown(std::string_view backend, std::string_view name) const {
    for (const lb::StatsRow& row : engine->stats().rows) {
      if (row.pxname == backend && row.svname == name) return row.status;
    }
    return {};
  }

  void check_target(std::size_t, std::uint16_t, bool) override {}
  void on_track_change(std::size_t, std::size_t) noexcept override {}
  void on_server_change(std::size_t) noexcept override {}

  std::unique_ptr<event::EventLoop> loop;
  base::Logger log;
  base::Journal journal;
  config::Model model;
  base::Endpoint web;
  base::Endpoint other;
  std::unique_ptr<password::PasswordThread> passwords;
  std::unique_ptr<worker::LogTargets> logs;
  std::unique_ptr<worker::TlsWiring> tls;
  std::unique_ptr<lb::Engine> engine;
  std::unique_ptr<worker::RuleFiles> files;
  std::unique_ptr<worker::Scripts> scripts;
  std::unique_ptr<worker::HealthWiring> health;
  std::unique_ptr<worker::ServerNames> names;
  std::unique_ptr<worker::AlertWiring> alerts;
};

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
