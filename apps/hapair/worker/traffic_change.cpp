#include "apps/hapair/worker/traffic_change.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "apps/hapair/worker/alert_wiring.hpp"
#include "apps/hapair/worker/health_wiring.hpp"
#include "apps/hapair/worker/keeping_settings.hpp"
#include "apps/hapair/worker/log_targets.hpp"
#include "apps/hapair/worker/model_map.hpp"
#include "apps/hapair/worker/rule_files.hpp"
#include "apps/hapair/worker/rule_settings.hpp"
#include "apps/hapair/worker/server_names.hpp"
#include "apps/hapair/worker/settings.hpp"
#include "apps/hapair/worker/tls_wiring.hpp"
#include "apps/hapair/worker/traffic_plan.hpp"
#include "common/base/text.hpp"
#include "liblb/io/engine.hpp"
#include "liblb/io/engine_change.hpp"

namespace hapair::worker {
namespace {

using base::concat;

/// Of all binds that some model has: where, and at which place.
std::map<std::string, lb::EngineChange::BindPlace> sockets_of(const config::Model& model) {
  std::map<std::string, lb::EngineChange::BindPlace> sockets;
  for (std::size_t i = 0; i < model.frontends.size(); ++i) {
    const auto& binds = model.frontends[i].binds;
    for (std::size_t k = 0; k < binds.size(); ++k) sockets[socket_key(binds[k])] = {i, k};
  }
  return sockets;
}

/// Parts that are equal stay where they are: there are references to them.
template <class Part>
void take_over(Part& running, Part& next) {
  if (running == next) return;
  using std::swap;
  swap(running, next);
}

void take_over_model(config::Model& running, config::Model& next) {
  take_over(running.cluster, next.cluster);
  take_over(running.process, next.process);
  take_over(running.log, next.log);
  take_over(running.journal, next.journal);
  take_over(running.metrics, next.metrics);
  take_over(running.vips, next.vips);
  take_over(running.sync_groups, next.sync_groups);
  take_over(running.targets, next.targets);
  take_over(running.scripts, next.scripts);
  take_over(running.notifies, next.notifies);
  take_over(running.tls_files, next.tls_files);
  take_over(running.tls_items, next.tls_items);
  take_over(running.maps, next.maps);
  take_over(running.tls, next.tls);
  take_over(running.tables, next.tables);
  take_over(running.frontends, next.frontends);
  take_over(running.resolvers, next.resolvers);
  take_over(running.backends, next.backends);
  take_over(running.echoes, next.echoes);
  take_over(running.alerts, next.alerts);
  take_over(running.users, next.users);
  take_over(running.self, next.self);
  take_over(running.hash, next.hash);
  take_over(running.hello_key, next.hello_key);
  take_over(running.ticket_key, next.ticket_key);
  take_over(running.cookie_key, next.cookie_key);
}

}  // namespace

std::string socket_key(const config::Bind& bind) {
  return bind.unix_path.empty() ? bind.endpoint.to_string() : concat("unix:", bind.unix_path);
}

struct TrafficChange::State {
  State(const TrafficParts& all, config::Model& now, config::Model then)
      : parts(all), running(now), next(std::move(then)), map(running, next) {}

  [[nodiscard]] base::Result<void> prepare(NewSockets sockets);
  void add_tables();
  void add_backends();
  [[nodiscard]] base::Result<void> add_frontends(NewSockets sockets);

  TrafficParts parts;
  config::Model& running;
  config::Model next;
  ModelMap map;
  TrafficPlan plan{};
  std::unique_ptr<TlsWiring> tls{};
  std::unique_ptr<RuleFiles> rule_files{};
  std::unique_ptr<lb::EngineChange> engine{};
};

base::Result<void> TrafficChange::State::prepare(NewSockets sockets) {
  if (parts.engine.leaves()) {
    return base::fail("connections are being drained at this moment: reload when it is done");
  }
  std::vector<bool> in_file_order;
  for (std::size_t i = 0; i < running.backends.size(); ++i) {
    in_file_order.push_back(parts.health.in_file_order(i));
  }
  plan = plan_traffic(running, next, map, in_file_order);
  tls = parts.tls.sibling(next);
  if (auto done = tls->set_up(&parts.tls, &map); !done) return done;
  if (!next.users.empty() && !parts.engine.tries_passwords()) {
    if (auto done = parts.engine.use_passwords(parts.passwords, {}); !done) return done;
  }
  engine = parts.engine.begin_change();
  if (running.users == next.users) {
    engine->keep_users();
  } else {
    engine->use_users(next.users);
  }
  if (plan.keeps_shelf) {
    engine->keep_shelf();
  } else {
    rule_files = parts.rule_files.sibling(next, engine->shelf());
  }
  add_tables();
  add_backends();
  return add_frontends(std::move(sockets));
}

void TrafficChange::State::add_tables() {
  for (std::size_t i = 0; i < plan.tables.size(); ++i) {
    if (plan.tables[i].kept) {
      engine->keep_table(*plan.tables[i].before);
    } else {
      engine->add_table(table_settings(next.tables[i]));
    }
  }
}

void TrafficChange::State::add_backends() {
  for (std::size_t i = 0; i < plan.backends.size(); ++i) {
    if (plan.backends[i].kept) {
      engine->keep_backend(*plan.backends[i].before);
      continue;
    }
    engine->add_backend(backend_settings(next, i), plan.backends[i].before);
    if (!next.backends[i].rules.empty()) {
      engine->use_backend_rules(i, compiled(next.backends[i].rules));
    }
    std::size_t in_engine = 0;
    for (std::size_t k = 0; k < next.backends[i].servers.size(); ++k) {
      if (next.backends[i].servers[k].by_name) continue;
      if (auto context = tls->towards(i, k)) engine->use_tls(i, in_engine, std::move(context));
      ++in_engine;
    }
  }
}

base::Result<void> TrafficChange::State::add_frontends(NewSockets sockets) {
  const auto known = sockets_of(running);
  for (std::size_t i = 0; i < plan.frontends.size(); ++i) {
    const config::Frontend& frontend = next.frontends[i];
    if (plan.frontends[i].kept) {
      engine->keep_frontend(*plan.frontends[i].before);
      continue;
    }
    engine->add_frontend(frontend_settings(frontend), plan.frontends[i].before);
    if (auto rules = rules_of(next, i)) engine->use_rules(i, std::move(rules));
    for (const config::Bind& bind : frontend.binds) {
      std::optional<lb::EngineChange::BindPlace> takes;
      if (const auto at = known.find(socket_key(bind)); at != known.end()) takes = at->second;
      net::UniqueFd socket;
      if (!takes) {
        const auto made = sockets.find(bind.id);
        if (made == sockets.end()) {
          return base::fail(concat(frontend.name, ": there is no socket for ", bind.text));
        }
        socket = std::move(made->second);
      }
      engine->add_bind(i, bind_settings(next.process, bind, std::move(socket), tls->of(bind)),
                       takes);
    }
  }
  return {};
}

TrafficChange::TrafficChange(std::unique_ptr<State> state) : state_(std::move(state)) {}
TrafficChange::~TrafficChange() = default;

base::Result<std::unique_ptr<TrafficChange>> TrafficChange::prepare(const TrafficParts& parts,
                                                                    config::Model& running,
                                                                    config::Model next,
                                                                    NewSockets sockets) {
  auto state = std::make_unique<State>(parts, running, std::move(next));
  if (auto done = state->prepare(std::move(sockets)); !done) return std::unexpected(done.error());
  return std::unique_ptr<TrafficChange>(new TrafficChange(std::move(state)));
}

config::Model TrafficChange::commit(base::Instant now) {
  State& it = *state_;
  lb::Engine::ChangeTerms terms{.settings = engine_settings(it.next),
                                .deadline = now + it.next.process.drain_timeout};
  for (std::size_t i = 0; i < it.map.vips().size(); ++i) {
    if (it.map.vips()[i] != ModelMap::kGone) terms.groups[i] = it.map.vips()[i];
  }
  const config::Model before = it.running;
  it.parts.engine.commit(*it.engine, terms);
  take_over_model(it.running, it.next);
  if (it.rule_files) it.parts.rule_files.take(*it.rule_files);
  it.parts.tls.take(*it.tls);
  it.parts.log_targets.follow_change(it.running);
  it.parts.engine.use_access(it.parts.log_targets.access_sink());
  std::vector<NamedServer> named = it.parts.names.keep_for(before, it.map);
  it.parts.health.follow_change(before, it.map, it.plan.backends, named);
  it.parts.names.follow_change(named);
  it.parts.alerts.follow_change();
  return before;
}

}  // namespace hapair::worker
