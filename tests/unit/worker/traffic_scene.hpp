// A worker's traffic with its health, without supervisor, VIPs or control socket: two frontends
// before two backends, whose configuration can change.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/worker/alert_wiring.hpp"
#include "apps/hapair/worker/health_wiring.hpp"
#include "apps/hapair/worker/log_targets.hpp"
#include "apps/hapair/worker/rule_files.hpp"
#include "apps/hapair/worker/scripts.hpp"
#include "apps/hapair/worker/server_names.hpp"
#include "apps/hapair/worker/settings.hpp"
#include "apps/hapair/worker/tls_wiring.hpp"
#include "apps/hapair/worker/traffic_change.hpp"
#include "common/event/clock.hpp"
#include "common/net/socket.hpp"
#include "common/password/password_thread.hpp"
#include "liblb/core/stats_snapshot.hpp"

namespace hapair::traffic_scene {

inline base::Endpoint at(std::uint16_t port) { return {base::IpAddress::v4(0x7f000001), port}; }

inline config::Server server(const std::string& name, std::uint16_t port,
                             std::uint16_t weight = 1) {
  config::Server made;
  made.name = name;
  made.address = at(port);
  made.weight = weight;
  return made;
}

inline config::Bind bind(std::uint16_t id, const base::Endpoint& where) {
  config::Bind made;
  made.id = id;
  made.text = where.to_string();
  made.endpoint = where;
  return made;
}

inline config::Vip vip(const std::string& name) {
  config::Vip made;
  made.name = name;
  return made;
}

/// A port that nobody has.
inline base::Endpoint free_endpoint() {
  const net::UniqueFd socket = net::bind_tcp(at(0), {}).value();
  return net::local_endpoint(socket.get()).value();
}

/// Two backends, of which a frontend each has one.
inline config::Model model_of(const base::Endpoint& web, const base::Endpoint& other) {
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
    check.fast_interval = check.down_interval = check.timeout = std::chrono::seconds(2);
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
inline std::vector<std::uint16_t> new_binds(const config::Model& running,
                                            const config::Model& next) {
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

}  // namespace hapair::traffic_scene
