#include "apps/hapair/worker/traffic_plan.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/worker/model_references.hpp"

namespace hapair::worker {
namespace {

bool is_for_rules(const tls_files::Source& source) { return tls_files::is_for_rules(source.kind); }

/// Rules of both models that take something from files find it at the same places.
bool keeps_shelf(const config::Model& running, const config::Model& next, const ModelMap& map) {
  if (running.maps != next.maps) return false;
  const auto count = [](const config::Model& model) {
    return std::ranges::count_if(model.tls_files, is_for_rules);
  };
  if (count(running) != count(next)) return false;
  for (std::size_t i = 0; i < running.tls_files.size(); ++i) {
    if (is_for_rules(running.tls_files[i]) && map.files()[i] != i) return false;
  }
  return true;
}

/// The mode of a backend is that of whoever uses it.
std::optional<config::Mode> mode_of(const config::Model& model, std::size_t backend) {
  for (const config::Frontend& each : model.frontends) {
    if (each.uses(backend)) return each.mode;
  }
  return std::nullopt;
}

}  // namespace

bool names_servers(const config::Model& model, std::size_t backend) {
  const auto names = [backend](const std::vector<lb::rules::Rule>& rules) {
    return std::ranges::any_of(rules, [backend](const lb::rules::Rule& rule) {
      return std::ranges::any_of(rule.actions, [backend](const lb::rules::Action& action) {
        const auto* use = std::get_if<lb::rules::UseServer>(&action);
        return use != nullptr && use->backend == backend;
      });
    });
  };
  return std::ranges::any_of(model.frontends,
                             [&](const auto& each) { return names(each.rules); }) ||
         std::ranges::any_of(model.backends, [&](const auto& each) { return names(each.rules); });
}

namespace {

/// Where servers are in the file matters to whom traffic goes.
bool order_matters(const config::Model& model, std::size_t index) {
  const config::Backend& backend = model.backends[index];
  return backend.balance.algorithm == lb::Algorithm::kFirst || names_servers(model, index) ||
         (!backend.all_backups && std::ranges::any_of(backend.servers, &config::Server::backup));
}

bool same_names(const config::Backend& before, const config::Backend& now) {
  return std::ranges::equal(before.servers, now.servers, {}, &config::Server::name,
                            &config::Server::name);
}

/// Names whose servers could not go on with what is set for them now.
bool changes_named(const config::Backend& before, const config::Backend& now) {
  return std::ranges::any_of(before.servers, [&now](const config::Server& each) {
    if (!each.by_name) return false;
    const auto same = std::ranges::find(now.servers, each.name, &config::Server::name);
    return same != now.servers.end() && !is_same_server(each, *same);
  });
}

/// All but its servers, and how those are checked: that changes in place.
config::Backend without_servers(config::Backend backend) {
  backend.servers.clear();
  backend.server_defaults = {};
  backend.check.reset();
  backend.agent.reset();
  backend.traffic_health.on_error = {};
  return backend;
}

class Planner {
 public:
  Planner(const config::Model& running, const config::Model& next, const ModelMap& map,
          const std::vector<bool>& in_file_order)
      : running_(running), next_(next), map_(map), in_file_order_(in_file_order) {}

  TrafficPlan plan() {
    plan_.keeps_shelf = keeps_shelf(running_, next_, map_);
    plan_tables();
    plan_backends();
    plan_frontends();
    return std::move(plan_);
  }

 private:
  void plan_tables() {
    const auto before = ModelMap::before(map_.tables(), next_.tables.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      const bool kept = before[i] && running_.tables[*before[i]] == next_.tables[i];
      plan_.tables.push_back({before[i], kept});
    }
  }

  void plan_backends() {
    const auto before = ModelMap::before(map_.backends(), next_.backends.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      plan_.backends.push_back({before[i], before[i] && keeps_backend(*before[i], i)});
    }
  }

  void plan_frontends() {
    const auto before = ModelMap::before(map_.frontends(), next_.frontends.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      plan_.frontends.push_back({before[i], before[i] && keeps_frontend(*before[i], i)});
    }
  }

  /// What these rules refer to is there, as it was.
  [[nodiscard]] bool keeps_rules(const std::vector<lb::rules::Rule>& rules) const {
    return plan_.keeps_shelf || !takes_from_outside(rules);
  }
  [[nodiscard]] bool keeps_tables(const std::vector<std::size_t>& tables) const {
    return std::ranges::all_of(tables, [this](std::size_t each) {
      return each < plan_.tables.size() && plan_.tables[each].kept;
    });
  }

  /// Without a secret it is made of the cluster's name.
  [[nodiscard]] bool has_same_cookie_key() const {
    return running_.cookie_key == next_.cookie_key &&
           (!next_.cookie_key.empty() || running_.cluster.name == next_.cluster.name);
  }

  [[nodiscard]] bool keeps_backend(std::size_t before, std::size_t now) const {
    const config::Backend& was = running_.backends[before];
    const config::Backend& is = next_.backends[now];
    const config::Backend translated = map_.translated(was);
    if (without_servers(translated) != without_servers(is)) return false;
    if (mode_of(running_, before) != mode_of(next_, now)) return false;
    if (is.cookie && !has_same_cookie_key()) return false;
    if (!map_.stays(was) || !keeps_rules(is.rules) || !keeps_tables(tables_of(is))) return false;
    if (changes_named(translated, is)) return false;
    const bool ordered = order_matters(running_, before) || order_matters(next_, now);
    return !ordered || (in_file_order_[before] && same_names(translated, is) &&
                        std::ranges::equal(translated.servers, is.servers, is_same_server));
  }

  [[nodiscard]] bool same_binds(const config::Frontend& was, const config::Frontend& is) const {
    return std::ranges::equal(was.binds, is.binds, [this](config::Bind a, config::Bind b) {
      const auto terms = [](const config::Model& model, const config::Bind& bind) {
        return bind.tls ? std::optional(model.tls[*bind.tls]) : std::nullopt;
      };
      auto tls_was = terms(running_, a);
      if (tls_was) tls_was = map_.translated(*std::move(tls_was));
      const bool same_tls = tls_was == terms(next_, b);
      a.id = b.id = 0;
      a.tls = b.tls = std::nullopt;
      return same_tls && a == b;
    });
  }

  [[nodiscard]] bool keeps_frontend(std::size_t before, std::size_t now) const {
    const config::Frontend& is = next_.frontends[now];
    config::Frontend was = map_.translated(running_.frontends[before]);
    if (running_.process.max_accept != next_.process.max_accept) return false;
    if (running_.ticket_key != next_.ticket_key &&
        std::ranges::any_of(is.binds,
                            [](const config::Bind& bind) { return bind.tls.has_value(); })) {
      return false;
    }
    if (!same_binds(was, is) || !map_.stays(running_.frontends[before])) return false;
    was.binds = is.binds;
    if (was != is || !keeps_rules(is.rules) || !keeps_tables(tables_of(is))) return false;
    return std::ranges::all_of(backends_of(is), [this](std::size_t each) {
      return each < plan_.backends.size() && plan_.backends[each].kept;
    });
  }

  const config::Model& running_;
  const config::Model& next_;
  const ModelMap& map_;
  const std::vector<bool>& in_file_order_;
  TrafficPlan plan_;
};

}  // namespace

TrafficPlan plan_traffic(const config::Model& running, const config::Model& next,
                         const ModelMap& map, const std::vector<bool>& in_file_order) {
  return Planner(running, next, map, in_file_order).plan();
}

}  // namespace hapair::worker
