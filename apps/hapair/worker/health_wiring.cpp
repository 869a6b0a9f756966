#include "apps/hapair/worker/health_wiring.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "apps/hapair/worker/check_specs.hpp"
#include "apps/hapair/worker/settings.hpp"
#include "apps/hapair/worker/tls_wiring.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::worker {
namespace {

check::Moment moment_now() { return {event::now(), event::wall_now()}; }

/// As HAProxy shows it: "UP 2/3" is on its way down, "DOWN 1/2" on its way up.
std::string haproxy_state(const check::Target& target) {
  if (target.state == check::State::kMaintenance) return "MAINT";
  if (target.state == check::State::kDrain) return "DRAIN";
  if (target.state == check::State::kResolving) return "RESOLVING";
  if (target.last_resort) return "NOLB";
  if (target.cause == check::Cause::kUnchecked) return "no check";
  if (target.state == check::State::kUnknown) return "INI";
  const bool up = check::is_usable(target.state);
  const unsigned against = target.cause == check::Cause::kCheck ? target.counter.against() : 0;
  const check::RiseFallLimits limits = target.counter.limits();
  if (against == 0) return up ? "UP" : "DOWN";
  return up ? base::concat("UP ", limits.fall - against, "/", limits.fall)
            : base::concat("DOWN ", against, "/", limits.rise);
}

/// For new traffic. What somebody has taken out of it must not come back in a panic.
lb::Standing standing_of(const check::Target& target) {
  switch (target.state) {
    case check::State::kUp:
      return lb::Standing::kUp;
    case check::State::kDegraded:
      return target.last_resort ? lb::Standing::kLastResort : lb::Standing::kUp;
    case check::State::kDrain:
      return lb::Standing::kDraining;
    case check::State::kMaintenance:
    case check::State::kResolving:
      return lb::Standing::kOut;
    case check::State::kUnknown:
    case check::State::kDown:
      break;
  }
  if (target.order != check::Order::kNone ||
      target.agent_admin == check::AgentWord::Admin::kDrain) {
    return lb::Standing::kOut;
  }
  return target.state == check::State::kDown ? lb::Standing::kDown : lb::Standing::kUnknown;
}

check::Outlier outlier_of(lb::OutlierDetector::Phase phase) {
  switch (phase) {
    case lb::OutlierDetector::Phase::kWithOthers:
      return check::Outlier::kNone;
    case lb::OutlierDetector::Phase::kEjected:
      return check::Outlier::kEjected;
    case lb::OutlierDetector::Phase::kReturning:
      return check::Outlier::kReturning;
  }
  return check::Outlier::kNone;
}

lb::ServerHealth health_of(const check::Target& target) {
  lb::ServerHealth health;
  health.standing = standing_of(target);
  health.weight_percent = target.weight_percent;
  health.max_connections = target.max_connections;
  health.returning = target.outlier == check::Outlier::kReturning;
  health.observed_failures = target.observed_failures;
  health.checked = target.checked;
  health.state = haproxy_state(target);
  health.reason = target.reason;
  health.failed_checks = target.failures;
  health.downs = target.times_down;
  health.rise = target.counter.limits().rise;
  health.fall = target.counter.limits().fall;
  health.against = target.counter.against();
  if (target.checked) {
    health.check_status = "INI";
    health.check_description = "Initializing";
  }
  if (target.results.size() > 0) {
    const check::CheckResult& last = target.results.newest().result;
    health.check_status = check::short_name(last.code);
    health.check_description = check::phrase(last.code);
    health.check_code = last.status;
    health.check_duration = last.duration;
  }
  return health;
}

}  // namespace

HealthWiring::Track::Track(check::Registry& registry, std::vector<check::TargetId> members,
                           std::size_t min_up, TrackListener& listener, std::size_t vip,
                           std::size_t place)
    : listener_(listener),
      vip_(vip),
      place_(place),
      quorum_(registry, std::move(members), min_up, this) {}

void HealthWiring::Track::on_quorum_change(const check::Quorum& /*quorum*/,
                                           check::State /*previous*/) noexcept {
  listener_.on_track_change(vip_, place_);
}

HealthWiring::HealthWiring(event::EventLoop& loop, const config::Model& model, lb::Engine& engine,
                           const TlsWiring& tls, guardian::TargetPort& guardian, Scripts& scripts,
                           const base::Logger& log, base::Journal& journal, TrackListener& tracks)
    : loop_(loop),
      model_(model),
      guardian_(guardian),
      scripts_(scripts),
      engine_(engine),
      tls_(tls),
      logger_(log),
      journal_(journal),
      listener_(tracks),
      runner_(loop, registry_,
              {.source = model.node().address,
               .seed = static_cast<std::uint64_t>(base::to_ns(event::now())),
               .tls = tls.check_contexts()}),
      echoes_(loop, runner_, model.targets.size()),
      agents_(loop, registry_,
              {.source = model.node().address,
               .seed = static_cast<std::uint64_t>(base::to_ns(event::now())) + 1}),
      log_(registry_, log),
      grace_(loop, event::Priority::kCheck,
             event::Callback<>::to<&HealthWiring::expire_grace>(this)) {
  for (std::size_t i = 0; i < model.backends.size(); ++i) {
    add_backend(i);
  }
  targets_.emplace(target_parts(), model);
  follow();
  engine_.set_observer(this);
  // Before the tracks: a server is out of the rotation by the time its VIP thinks of moving.
  subscription_ = registry_.subscribe_all(*this);
  add_tracks();
}

void HealthWiring::add_backend(std::size_t index) {
  const config::Backend& backend = model_.backends[index];
  backend_targets_.emplace_back();
  serving_.emplace_back();
  std::size_t in_engine = 0;  // the engine has those with addresses already
  for (const config::Server& server : backend.servers) {
    if (server.by_name) {
      add_resolving(index, server, "not resolved yet");
    } else {
      place(add_target(index, server), {index, in_engine++});
    }
  }
}

void HealthWiring::start(base::Instant now) {
  for (std::size_t backend = 0; backend < backend_targets_.size(); ++backend) {
    const std::optional<config::Check>& check = model_.backends[backend].check;
    if (!check) continue;
    for (const check::TargetId id : backend_targets_[backend]) {
      if (registry_.get(id).checked) registry_.set_grace(id, now + check->grace);
    }
  }
  runner_.start(now);
  agents_.start(now);
  expire_grace();
  started_ = true;
  // Where servers are up that nobody checks the backend is up without a word.
  for (std::size_t i = 0; i < serving_.size(); ++i) {
    if (count(i).usable > 0) serving_[i] = true;
  }
}

void HealthWiring::expire_grace() noexcept {
  if (const auto next = registry_.expire_grace(moment_now())) grace_.arm_at(*next);
}

check::TargetId HealthWiring::add_target(std::size_t index, const config::Server& server) {
  const config::Backend& backend = model_.backends[index];
  std::string name = base::concat(backend.name, "/", server.name);
  check::TargetId id;
  if (backend.check && server.track.empty()) {
    id = registry_.add(std::move(name), {backend.check->rise, backend.check->fall}, moment_now());
    add_check(*backend.check, server, tls_.check_context(index), id);
  } else {
    id = registry_.add_unchecked(std::move(name), moment_now());
  }
  if (backend.agent) agents_.add(id, *backend.agent, server);
  return id;
}

void HealthWiring::place(check::TargetId id, ServerPlace where) {
  if (id.index >= places_.size()) places_.resize(id.index + 1);
  places_[id.index] = where;
  backend_targets_[where.backend].push_back(id);
  tell_engine(id, registry_.get(id));
}

check::TargetId HealthWiring::add_server(std::size_t backend, const config::Server& server,
                                         std::uint16_t tier,
                                         std::shared_ptr<tls::ClientContext> tls, std::string why) {
  lb::ServerSettings settings = server_settings(model_.backends[backend], server);
  settings.tier = tier;
  const check::TargetId id = add_target(backend, server);
  place(id, {backend, engine_.add_server(backend, std::move(settings), std::move(tls))});
  if (!server.track.empty()) {
    registry_.follow(id, registry_.find(server.track).value(), moment_now());
  }
  const check::Target& target = registry_.get(id);
  logger_.info(
      "server-added", target.name,
      base::concat("Server ", target.name, " (", server.address.to_string(), ") is added: ", why));
  record("server-added", target, "", check::to_string(target.state),
         base::concat(server.address.to_string(), ": ", why));
  if (const auto& check = model_.backends[backend].check; check && target.checked) {
    registry_.set_grace(id, loop_.now() + check->grace);
    expire_grace();
  }
  join(id);
  return id;
}

check::TargetId HealthWiring::add_resolving(std::size_t backend, const config::Server& server,
                                            std::string reason) {
  const check::TargetId id =
      registry_.add_resolving(base::concat(model_.backends[backend].name, "/", server.name),
                              std::move(reason), moment_now());
  lb::ServerSettings settings = server_settings(model_.backends[backend], server);
  settings.endpoint = {};
  place(id, {backend, engine_.add_server(backend, std::move(settings))});
  join(id);
  return id;
}

void HealthWiring::join(check::TargetId id) {
  const std::size_t backend = places_[id.index].backend;
  for_tracks_of(backend, [id](check::Quorum& quorum) { quorum.add(id); });
  judge_backend(backend);
  if (!tracks_.empty()) listener_.on_server_change(backend);
}

void HealthWiring::remove_server(check::TargetId id, std::string_view why) {
  const ServerPlace where = places_[id.index];
  const check::Target& target = registry_.get(id);
  engine_.remove_server(where.backend, where.server);
  runner_.remove(id);
  scripted_.erase(id.index);
  echoes_.forget(id);
  agents_.remove(id);
  std::erase(backend_targets_[where.backend], id);
  if (!target.resolving) {
    logger_.info("server-removed", target.name,
                 base::concat("Server ", target.name, " is removed: ", why));
    record("server-removed", target, check::to_string(target.state), "removed", why);
  }
  places_[id.index].stale = false;
  for_tracks_of(where.backend, [id](check::Quorum& quorum) { quorum.remove(id); });
  judge_backend(where.backend);
  listener_.on_server_change(where.backend);
  registry_.remove(id);
}

void HealthWiring::set_share(check::TargetId id, std::uint32_t weight, std::uint16_t tier) {
  const ServerPlace& where = places_[id.index];
  engine_.set_server_share(where.backend, where.server, weight, tier);
}

void HealthWiring::for_tracks_of(std::size_t backend,
                                 const std::function<void(check::Quorum&)>& change) {
  for (std::size_t vip = 0; vip < tracks_.size(); ++vip) {
    for (std::size_t i = 0; i < tracks_[vip].size(); ++i) {
      const config::Track& track = model_.vips[vip].track[i];
      if (!track.target && track.backend == backend) change(tracks_[vip][i]->quorum());
    }
  }
}

void HealthWiring::record(std::string_view id, const check::Target& target, std::string_view from,
                          std::string_view to, std::string_view why) {
  last_change_ = journal_.add({.id = std::string(id),
                               .subject = target.name,
                               .from = std::string(from),
                               .to = std::string(to),
                               .cause = std::string(why),
                               .at = loop_.now(),
                               .wall = event::wall_now()});
}

void HealthWiring::follow() {
  for (std::size_t i = 0; i < model_.backends.size(); ++i) {
    for (std::size_t j = 0; j < model_.backends[i].servers.size(); ++j) {
      const std::string& followed = model_.backends[i].servers[j].track;
      // What a name's servers follow they do as they come.
      if (followed.empty() || model_.backends[i].servers[j].by_name) continue;
      const check::TargetId id = backend_targets_[i][j];
      registry_.follow(id, registry_.find(followed).value(), moment_now());
      tell_engine(id, registry_.get(id));
    }
  }
}

std::optional<check::TargetId> HealthWiring::target_at(std::size_t backend,
                                                       std::size_t server) const {
  for (const check::TargetId id : backend_targets_[backend]) {
    if (places_[id.index].server == server) return id;
  }
  return std::nullopt;
}

void HealthWiring::on_error_limit(std::size_t backend, std::size_t server, lb::Met last) noexcept {
  const config::TrafficHealth& health = model_.backends[backend].traffic_health;
  const auto id = target_at(backend, server);
  if (!id) return;
  registry_.observe_errors(*id, health.on_error,
                           base::concat("Detected ", health.error_limit,
                                        " consecutive errors, last one was: ", lb::phrase(last)),
                           moment_now());
  runner_.check_soon(*id);
}

void HealthWiring::on_outlier(std::size_t backend, std::size_t server,
                              lb::OutlierDetector::Phase phase, std::string reason) noexcept {
  const auto id = target_at(backend, server);
  if (id) registry_.set_outlier(*id, outlier_of(phase), std::move(reason), moment_now());
}

void HealthWiring::on_panic(std::size_t backend, bool begins) noexcept {
  const config::Backend& config = model_.backends[backend];
  const check::Quorum::Counts counts = count(backend);
  const std::string_view to = begins ? "panic" : "normal";
  const std::string cause =
      base::concat(counts.usable, " of ", counts.total, " servers are usable, the threshold is ",
                   config.traffic_health.panic_threshold, " %");
  const check::Moment now = moment_now();
  journal_.add({.id = "backend-panic",
                .subject = config.name,
                .from = begins ? "normal" : "panic",
                .to = std::string(to),
                .cause = cause,
                .at = now.at,
                .wall = now.wall});
  logger_.log(begins ? base::LogLevel::kWarning : base::LogLevel::kInfo, "backend-panic",
              config.name,
              base::concat("Backend ", config.name,
                           begins ? " sends traffic to servers that are down too: "
                                  : " sends traffic to servers that are up only, again: ",
                           cause));
}

void HealthWiring::add_check(const config::Check& check, const config::Server& server,
                             std::optional<std::size_t> tls, check::TargetId id) {
  if (server.echo) return echoes_.add(id, check, model_.echoes[*server.echo], *server.echo);
  const check::CheckSpec spec = check_spec(check, server, tls);
  if (!server.check_script) return runner_.add(id, spec);
  scripted_[id.index] = std::make_unique<ScriptedCheck>(
      ScriptedCheck::Parts{
          .loop = loop_, .registry = registry_, .runner = runner_, .scripts = scripts_},
      ScriptedCheck::What{.script = *server.check_script,
                          .as = model_.scripts[*server.check_script],
                          .intervals = spec.intervals},
      id);
}

TargetParts HealthWiring::target_parts() {
  return {.loop = loop_,
          .registry = registry_,
          .runner = runner_,
          .guardian = guardian_,
          .scripts = scripts_};
}

void HealthWiring::add_tracks() {
  for (std::size_t vip = 0; vip < model_.vips.size(); ++vip) {
    auto& tracks = tracks_.emplace_back();
    for (const config::Track& track : model_.vips[vip].track) {
      std::vector<check::TargetId> members;
      if (track.target) {
        members.push_back(targets_->id(*track.target));
      } else {
        members = backend_targets_[track.backend];
      }
      tracks.push_back(std::make_unique<Track>(registry_, std::move(members), track.min_up,
                                               listener_, vip, tracks.size()));
      if (track.target) tracks.back()->target = targets_->id(*track.target);
    }
  }
}

bool HealthWiring::track_failed(std::size_t vip, std::size_t track) const {
  return tracks_[vip][track]->quorum().state() == check::State::kDown;
}

std::string HealthWiring::track_text(std::size_t vip, std::size_t track) const {
  const Track& it = *tracks_[vip][track];
  return it.target ? registry_.get(*it.target).reason : it.quorum().describe();
}

check::Quorum::Counts HealthWiring::count(std::size_t backend) const {
  check::Quorum::Counts counts;
  for (const check::TargetId id : backend_targets_[backend]) {
    const check::State state = registry_.get(id).state;
    if (check::is_usable(state)) ++counts.usable;
    if (state == check::State::kUnknown) ++counts.unknown;
    ++counts.total;
  }
  return counts;
}

std::optional<check::TargetId> HealthWiring::find(std::string_view backend,
                                                  std::string_view server) const {
  return registry_.find(base::concat(backend, "/", server));
}

void HealthWiring::judge_backend(std::size_t backend) {
  if (!started_ || changing_) return;
  const check::Quorum::Counts counts = count(backend);
  std::optional<bool>& serving = serving_[backend];
  if (counts.usable == 0 && counts.unknown > 0 && !serving) return;  // it may yet
  const bool now = counts.usable > 0;
  if (serving == now) return;
  const std::string& name = model_.backends[backend].name;
  const std::string from = !serving ? "" : *serving ? "up" : "down";
  serving = now;
  const std::string cause = base::concat(counts.usable, " of ", counts.total, " servers usable");
  logger_.log(
      now ? base::LogLevel::kInfo : base::LogLevel::kError, "backend-state", name,
      base::concat("Backend ", name, now ? " is UP: " : " has no server that is up: ", cause));
  journal_.add({.id = "backend-state",
                .subject = name,
                .from = from,
                .to = now ? "up" : "down",
                .cause = cause,
                .caused_by = last_change_,
                .at = loop_.now(),
                .wall = event::wall_now()});
}

void HealthWiring::on_health_change(check::TargetId id, const check::Target& target,
                                    check::State previous) noexcept {
  last_change_ = journal_.add({.id = "check-state",
                               .subject = target.name,
                               .from = std::string(check::to_string(previous)),
                               .to = std::string(check::to_string(target.state)),
                               .cause = target.reason,
                               .at = target.since.at,
                               .wall = target.since.wall});
  const bool server = target.kind == check::TargetKind::kServer;
  if (server && changing_) return;  // places are those before, or after; told at the end
  tell_engine(id, target);
  if (!server) return;
  judge_backend(places_[id.index].backend);
  listener_.on_server_change(places_[id.index].backend);
}

void HealthWiring::on_health_result(check::TargetId id, const check::Target& target) noexcept {
  if (target.kind != check::TargetKind::kServer) return;
  // Nearly all results of thousands of servers change nothing but figures.
  ServerPlace& place = places_[id.index];
  place.stale = true;
  if (changing_) return;
  if (choice_of(target) != place.told) tell_engine(id, target);
}

// Journal, log and alerts had it from the process before.
void HealthWiring::on_health_adopted(check::TargetId id, const check::Target& target,
                                     check::State /*previous*/) noexcept {
  tell_engine(id, target);
  if (target.kind != check::TargetKind::kServer) return;
  const std::size_t backend = places_[id.index].backend;
  const check::Quorum::Counts counts = count(backend);
  if (counts.unknown == 0) serving_[backend] = counts.usable > 0;
}

bool HealthWiring::on_stats_wanted(std::size_t& next, std::size_t most) noexcept {
  for (; next < places_.size() && most > 0; ++next) {
    if (!places_[next].stale) continue;
    const check::TargetId id{static_cast<std::uint32_t>(next)};
    tell_engine(id, registry_.get(id));
    --most;
  }
  return next >= places_.size();
}

HealthWiring::Choice HealthWiring::choice_of(const check::Target& target) {
  return {.standing = standing_of(target),
          .weight_percent = target.weight_percent,
          .max_connections = target.max_connections,
          .returning = target.outlier == check::Outlier::kReturning};
}

void HealthWiring::tell_engine(check::TargetId id, const check::Target& target) {
  if (target.kind != check::TargetKind::kServer) return;
  ServerPlace& place = places_[id.index];
  place.told = choice_of(target);
  place.stale = false;
  lb::ServerHealth health = health_of(target);
  if (target.follows) health.tracked = registry_.get(*target.follows).name;
  engine_.set_server_health(place.backend, place.server, std::move(health));
}

}  // namespace hapair::worker
