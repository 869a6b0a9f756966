// Health goes over to another model: nothing that is known is forgotten.
#include <algorithm>
#include <utility>

#include "apps/hapair/worker/health_wiring.hpp"
#include "apps/hapair/worker/model_map.hpp"
#include "apps/hapair/worker/settings.hpp"
#include "apps/hapair/worker/tls_wiring.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::worker {
namespace {

check::Moment moment_now() { return {event::now(), event::wall_now()}; }

/// What the check of a server finds is what it found before.
bool is_same_target(const config::Backend& backend_was, const config::Server& was,
                    const config::Backend& backend, const config::Server& server) {
  return was.address == server.address && was.track == server.track &&
         backend_was.check.has_value() == backend.check.has_value();
}

/// It is checked in the same way.
bool is_same_check(const config::Backend& backend_was, const config::Server& was,
                   const config::Backend& backend, const config::Server& server) {
  return backend_was.check == backend.check && was.checked_at == server.checked_at &&
         was.source == server.source && was.send_proxy == server.send_proxy;
}

}  // namespace

bool is_same_server(const config::Server& before, const config::Server& now) {
  return before.name == now.name && before.address == now.address && before.backup == now.backup &&
         before.send_proxy == now.send_proxy && before.protocols == now.protocols &&
         before.source == now.source && before.cookie == now.cookie &&
         before.by_name.has_value() == now.by_name.has_value();
}

bool HealthWiring::in_file_order(std::size_t backend) const {
  std::size_t expected = 0;
  for (const config::Server& server : model_.backends[backend].servers) {
    if (server.by_name) continue;
    const auto id = find(model_.backends[backend].name, server.name);
    if (!id || places_[id->index].server != expected++) return false;
  }
  return true;
}

std::vector<HealthWiring::Wanted> HealthWiring::wanted_servers(
    const config::Model& before, const std::vector<config::Backend>& translated,
    const std::vector<BackendFate>& fates, const std::vector<NamedServer>& named) const {
  std::vector<Wanted> all;
  for (std::size_t i = 0; i < model_.backends.size(); ++i) {
    const config::Backend& backend = model_.backends[i];
    const config::Backend* was = fates[i].before ? &translated[*fates[i].before] : nullptr;
    std::size_t in_engine = 0;
    for (std::size_t k = 0; k < backend.servers.size(); ++k) {
      const config::Server& server = backend.servers[k];
      if (server.by_name) continue;
      Wanted wanted{.backend = i, .place = k, .server = server};
      if (!fates[i].kept) wanted.in_engine = in_engine++;
      if (was != nullptr) {
        const auto old = std::ranges::find(was->servers, server.name, &config::Server::name);
        if (old != was->servers.end() && !old->by_name &&
            is_same_target(*was, *old, backend, server)) {
          wanted.id = registry_.find(
              base::concat(before.backends[*fates[i].before].name, "/", server.name));
          wanted.was = *old;
          wanted.backend_was = was;
        }
      }
      all.push_back(std::move(wanted));
    }
  }
  for (std::size_t i = 0; i < named.size(); ++i) {
    const NamedServer& each = named[i];
    Wanted wanted{.backend = each.backend,
                  .place = each.place,
                  .server = each.server,
                  .tier = each.tier,
                  .stands_in = each.stands_in,
                  .named = i,
                  .id = each.id,
                  .was = each.was,
                  .backend_was = &translated[*fates[each.backend].before]};
    all.push_back(std::move(wanted));
  }
  return all;
}

void HealthWiring::forget_unwanted(std::vector<Wanted>& wanted,
                                   const std::vector<BackendFate>& fates) {
  std::vector<bool> kept(places_.size());
  for (const Wanted& each : wanted) {
    if (each.id) kept[each.id->index] = true;
  }
  const std::vector<check::TargetId> all = registry_.ids();
  const auto is_server = [this](check::TargetId id) {
    return registry_.get(id).kind == check::TargetKind::kServer;
  };
  // What follows one that goes has to begin anew with it.
  bool more = true;
  while (std::exchange(more, false)) {
    for (const check::TargetId id : all) {
      const check::Target& target = registry_.get(id);
      if (!is_server(id) || !target.follows || !is_server(*target.follows)) continue;
      if (!kept[id.index] || kept[target.follows->index]) continue;
      kept[id.index] = false;
      more = true;
    }
  }
  for (Wanted& each : wanted) {
    if (each.id && !kept[each.id->index]) each.id.reset();
  }
  const auto forget = [&](check::TargetId id) {
    const ServerPlace where = places_[id.index];
    const auto now = std::ranges::find_if(
        fates, [&](const BackendFate& fate) { return fate.kept && fate.before == where.backend; });
    if (now != fates.end()) {
      engine_.remove_server(static_cast<std::size_t>(now - fates.begin()), where.server);
    }
    const check::Target& target = registry_.get(id);
    if (!target.resolving) {
      logger_.info("server-removed", target.name,
                   base::concat("Server ", target.name, " is removed: the configuration changed"));
      record("server-removed", target, check::to_string(target.state), "removed",
             "the configuration changed");
    }
    runner_.remove(id);
    scripted_.erase(id.index);
    agents_.remove(id);
    places_[id.index].stale = false;
    registry_.remove(id);
  };
  // Those that follow others first, so that none is followed any more when it goes.
  std::vector<check::TargetId> going;
  for (const check::TargetId id : all) {
    if (is_server(id) && !kept[id.index]) going.push_back(id);
  }
  std::ranges::sort(going, [this](check::TargetId a, check::TargetId b) {
    const auto rank = [this](check::TargetId id) {
      return std::pair(!registry_.get(id).follows.has_value(), id.index);
    };
    return rank(a) < rank(b);
  });
  for (const check::TargetId id : going) forget(id);
}

bool HealthWiring::is_checked_on(const Wanted& server, const config::Model& before) const {
  const config::Server& was = *server.was;
  const config::Server& now = server.server;
  if (!is_same_check(*server.backend_was, was, model_.backends[server.backend], now)) return false;
  if (was.echo.has_value() != now.echo.has_value()) return false;
  if (now.echo && before.echoes[*was.echo] != model_.echoes[*now.echo]) return false;
  if (!was.check_script && !now.check_script) return true;
  return before.scripts == model_.scripts && was.check_script == now.check_script;
}

void HealthWiring::check_anew(const Wanted& server, const config::Model& before) {
  const config::Backend& backend = model_.backends[server.backend];
  const check::TargetId id = *server.id;
  const bool checked = registry_.get(id).checked && backend.check && server.server.track.empty();
  if (checked && is_checked_on(server, before)) {
    if (server.server.echo) echoes_.keep(*server.was->echo, *server.server.echo);
  } else if (checked) {
    runner_.remove(id);
    registry_.set_limits(id, {backend.check->rise, backend.check->fall});
    add_check(*backend.check, server.server, tls_.check_context(server.backend), id);
  }
  if (server.backend_was->agent == backend.agent && server.was->source == server.server.source) {
    return;
  }
  if (server.backend_was->agent) agents_.remove(id);
  if (backend.agent) {
    agents_.add(id, *backend.agent, server.server);
  } else {
    registry_.forget_agent(id, moment_now());
  }
}

void HealthWiring::put(Wanted& server, const std::vector<BackendFate>& fates,
                       const config::Model& before) {
  const config::Backend& backend = model_.backends[server.backend];
  const bool kept = fates[server.backend].kept;
  const bool goes_on = !server.fresh && kept && is_same_server(*server.was, server.server);
  ServerPlace where{.backend = server.backend, .server = 0};
  if (!server.fresh) where.server = places_[server.id->index].server;
  if (!server.fresh && kept && !goes_on) engine_.remove_server(server.backend, where.server);
  lb::ServerSettings settings = server_settings(backend, server.server);
  settings.tier = server.tier;
  if (server.stands_in) settings.endpoint = {};
  if (goes_on) {
    if (server.was->weight != server.server.weight && !server.named) {
      engine_.set_server_share(server.backend, where.server, settings.weight, settings.tier);
    }
    if (server.was->max_connections != server.server.max_connections) {
      engine_.set_server_limit(server.backend, where.server, settings.max_connections);
    }
  } else if (server.in_engine) {
    where.server = *server.in_engine;
  } else {
    where.server =
        engine_.add_server(server.backend, std::move(settings),
                           server.stands_in ? nullptr : tls_.towards(server.backend, server.place));
  }
  if (server.fresh) {
    server.id = add_target(server.backend, server.server);
  } else if (!server.stands_in) {
    check_anew(server, before);
  }
  place(*server.id, where);
  // The engine judges it anew: nobody would let it back in.
  if (!server.fresh && !goes_on && registry_.get(*server.id).outlier != check::Outlier::kNone) {
    registry_.set_outlier(*server.id, check::Outlier::kNone, {}, moment_now());
  }
  if (!server.fresh) return;
  const check::Target& target = registry_.get(*server.id);
  logger_.info("server-added", target.name,
               base::concat("Server ", target.name, " (", server.server.address.to_string(),
                            ") is added: the configuration changed"));
  record("server-added", target, "", check::to_string(target.state),
         base::concat(server.server.address.to_string(), ": the configuration changed"));
  if (backend.check && target.checked) {
    registry_.set_grace(*server.id, loop_.now() + backend.check->grace);
  }
}

void HealthWiring::follow_change(const config::Model& before, const ModelMap& map,
                                 const std::vector<BackendFate>& fates,
                                 std::vector<NamedServer>& named) {
  changing_ = true;
  tracks_.clear();
  runner_.use_contexts(tls_.check_contexts());
  std::vector<config::Backend> translated;
  for (const config::Backend& each : before.backends) translated.push_back(map.translated(each));
  std::vector<Wanted> wanted = wanted_servers(before, translated, fates, named);
  forget_unwanted(wanted, fates);
  // Scripts and echoes have other numbers: who goes lets go of his before anyone takes one.
  for (const Wanted& each : wanted) {
    if (!each.id || !scripted_.contains(each.id->index) || is_checked_on(each, before)) continue;
    runner_.remove(*each.id);
    scripted_.erase(each.id->index);
  }
  echoes_.renumber(model_.targets.size());
  targets_->leave(target_parts(), before, model_);
  targets_->follow_change(target_parts(), model_);
  const std::vector<std::optional<bool>> serving = std::exchange(serving_, {});
  backend_targets_.assign(model_.backends.size(), {});
  for (const BackendFate& fate : fates) {
    serving_.push_back(fate.before ? serving[*fate.before] : std::nullopt);
  }
  for (Wanted& each : wanted) {
    each.fresh = !each.id;
    put(each, fates, before);
    if (each.named) named[*each.named].id = *each.id;
  }
  for (const Wanted& each : wanted) {
    if (!each.fresh || each.server.track.empty()) continue;
    registry_.follow(*each.id, registry_.find(each.server.track).value(), moment_now());
  }
  // Not before all have their new places.
  for (const Wanted& each : wanted) tell_engine(*each.id, registry_.get(*each.id));
  for (std::size_t i = 0; i < model_.backends.size(); ++i) {
    for (const config::Server& server : model_.backends[i].servers) {
      if (server.by_name && !find(model_.backends[i].name, server.name) &&
          std::ranges::none_of(wanted, [&](const Wanted& each) {
            return each.named && each.backend == i &&
                   model_.backends[i].servers[each.place].name == server.name;
          })) {
        add_resolving(i, server, "not resolved yet");
      }
    }
  }
  add_tracks();
  changing_ = false;
  expire_grace();
  for (std::size_t i = 0; i < model_.backends.size(); ++i) {
    // As at a start: where nobody checks the backend is up without a word.
    if (!fates[i].before && count(i).usable > 0) serving_[i] = true;
    judge_backend(i);
  }
}

}  // namespace hapair::worker
