#include "liblb/core/backend.hpp"

#include <algorithm>
#include <utility>

#include "liblb/core/pick_round_robin.hpp"
#include "liblb/core/stable_hash.hpp"

namespace hapair::lb {

static_assert(kShareOfWeight == Server::kShareOfWeight);

Backend::Backend(BackendSettings settings, base::Instant now, const Backend* before)
    : record_(before ? before->record_ : std::make_shared<Record>()),
      counters(record_->counters),
      latency(record_->latency),
      malformed(record_->malformed),
      settings_(std::move(settings)),
      picker_(make_picker(settings_.balance, static_cast<std::uint64_t>(base::to_ns(now)))),
      follows_load_(picker_->follows_load()),
      targets_(settings_.servers.size()),
      queue_(settings_.max_queue),
      since_(before ? before->since_ : now) {
  const BalanceSettings& balance = settings_.balance;
  const bool hashes = balance.algorithm == Algorithm::kHash;
  if (hashes) keyless_ = std::make_unique<RoundRobin>();
  waits_for_own_ = hashes && balance.when_full == WhenFull::kWait;
  observes_ = settings_.observe != Observe::kOff || settings_.outlier.has_value();
  for (const ServerSettings& server : settings_.servers) {
    const auto place = before ? before->place_of(server) : std::nullopt;
    servers_.push_back(
        std::make_unique<Server>(server, now, place ? &before->server(*place) : nullptr));
    servers_.back()->identity_ = identity_of(server);
  }
  look_at_settings();
}

void Backend::look_at_settings() {
  limited_ = sends_proxy_ = false;
  for (const auto& server : servers_) {
    if (server->removed()) continue;
    limited_ = limited_ || server->max_connections() > 0;
    sends_proxy_ = sends_proxy_ || server->settings().send_proxy != SendProxy::kNone;
  }
  choose_open();
}

void Backend::choose_open() {
  const bool panicked = std::exchange(panics_, has_to_panic());
  // Of those that stand so the lowest tier; nullopt: none do.
  const auto lowest = [this](Standing standing) {
    std::optional<std::uint32_t> tier;
    for (const auto& server : servers_) {
      if (server->standing() != standing || server->share() == 0) continue;
      tier = std::min(tier.value_or(server->tier()), server->tier());
    }
    return tier;
  };
  auto tier = lowest(Standing::kUp);
  const Standing wanted = tier ? Standing::kUp : Standing::kLastResort;
  if (!tier) tier = lowest(Standing::kLastResort);
  for (const auto& server : servers_) {
    const Standing standing = server->standing();
    const bool out = standing == Standing::kDraining || standing == Standing::kOut;
    const bool in_turn = standing == wanted && server->tier() == tier;
    const bool in_panic = !out && !server->settings().backup;
    server->set_open(server->share() > 0 && (panics_ ? in_panic : in_turn));
  }
  if (!settings_.all_backups) close_further_backups();
  tell_all();
  if (panics_ != panicked && watch_ != nullptr) watch_->on_panic(panics_);
}

void Backend::close_further_backups() {
  bool have_one = false;
  for (const auto& server : servers_) {
    if (!server->settings().backup || !server->takes_traffic()) continue;
    server->set_open(!have_one);
    have_one = true;
  }
}

bool Backend::has_to_panic() const {
  std::size_t all = 0;
  std::size_t well = 0;
  bool backed_up = false;
  for (const auto& server : servers_) {
    if (server->share() == 0) continue;
    if (server->settings().backup) {
      backed_up = backed_up || server->usable();
      continue;
    }
    switch (server->standing()) {
      case Standing::kUp:
      case Standing::kUnknown:  // it may yet be
        ++well;
        ++all;
        break;
      case Standing::kLastResort:
      case Standing::kDown:
        ++all;
        break;
      case Standing::kDraining:
      case Standing::kOut:
        break;
    }
  }
  // None at all is what backup servers are there for.
  if (well == 0 && backed_up) return false;
  return well * 100 < all * settings_.panic_threshold;
}

void Backend::advance(base::Instant now) {
  for (const auto& server : servers_) server->advance(now);
  tell_all();
  tell_keeper();
}

std::optional<base::Instant> Backend::next_step(base::Instant now) const {
  std::optional<base::Instant> next;
  for (const auto& server : servers_) {
    if (!server->ramp().climbs(now)) continue;
    const base::Instant step = server->ramp().next_step(now);
    next = next ? std::min(*next, step) : step;
  }
  return next;
}

std::size_t Backend::add_server(ServerSettings settings, base::Instant now) {
  auto server = std::make_unique<Server>(std::move(settings), now);
  server->health_.standing = Standing::kUnknown;
  if (persistence_) server->cookie_ = persistence_->id_of(*server);
  server->identity_ = identity_of(server->settings());
  const auto vacant = std::ranges::find_if(servers_, &Server::vacant,
                                           [](const auto& each) -> Server& { return *each; });
  const auto index = static_cast<std::size_t>(vacant - servers_.begin());
  if (vacant == servers_.end()) {
    servers_.push_back(std::move(server));
    targets_.emplace_back();
  } else {
    *vacant = std::move(server);
  }
  look_at_settings();
  return index;
}

void Backend::remove_server(std::size_t index, base::Instant now) {
  // It drains: a server that is lost may have its sessions ended, one that is removed not.
  ServerHealth health = server(index).health();
  health.standing = Standing::kDraining;
  set_health(index, std::move(health), now);
  server(index).removed_ = true;
  look_at_settings();
  if (!noted_.empty()) tell_keeper();
}

std::optional<std::size_t> Backend::place_of(const ServerSettings& server) const {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const Server& each = *servers_[i];
    const bool same = each.name() == server.name && each.settings().endpoint == server.endpoint;
    if (same && !each.removed()) return i;
  }
  return std::nullopt;
}

void Backend::set_limit(std::size_t index, std::uint32_t max_connections, base::Instant now) {
  server(index).settings_.max_connections = max_connections;
  server(index).advance(now);
  look_at_settings();
  tell_keeper();
}

void Backend::set_share(std::size_t index, std::uint32_t weight, std::uint16_t tier,
                        base::Instant now) {
  server(index).settings_.weight = weight;
  server(index).settings_.tier = tier;
  server(index).advance(now);
  choose_open();
  tell_keeper();
}

std::optional<std::size_t> Backend::pick(std::optional<std::size_t> avoid,
                                         std::optional<std::uint64_t> key) {
  if (avoid && !has_alternative(*avoid)) avoid.reset();
  Picker& picker = keyless_ && !key ? *keyless_ : *picker_;
  return picker.pick({.key = key.value_or(0), .avoid = avoid});
}

Backend::Choice Backend::choose(const Wish& wish) {
  if (wish.named && wish.named != wish.avoid && serves_named(*wish.named)) {
    names_servers_ = true;
    return at_own(*wish.named, wish.had_turn);
  }
  if (wish.prefer && wish.prefer != wish.avoid && servers_[*wish.prefer]->keeps_clients()) {
    return at_own(*wish.prefer, wish.had_turn);
  }
  if (wish.key && waits_for_own_) {
    const auto server = pick(wish.avoid, wish.key);
    return server ? at_own(*server, wish.had_turn) : Choice{};
  }
  if (must_wait(wish.had_turn)) return {.queue = &queue_};
  return {.server = pick(wish.avoid, wish.key)};
}

Backend::Choice Backend::at_own(std::size_t index, bool had_turn) {
  const bool waits = !servers_[index]->has_room() || (!had_turn && has_waiters(index));
  return waits ? Choice{.queue = &own_queue(index)} : Choice{.server = index};
}

bool Backend::has_alternative(std::size_t to) const {
  return with_room_ > (targets_[to].in_turn() ? 1U : 0U);
}

bool Backend::must_wait(bool had_turn) const {
  if (!limited_) return false;
  if ((had_turn || queue_.empty()) && has_room()) return false;
  return open_ > 0;
}

void Backend::tell(std::size_t index, const PickTarget& target) {
  PickTarget& told = targets_[index];
  if (target == told) return;
  const auto recount = [](std::size_t& count, bool was, bool is) {
    if (was != is) is ? ++count : --count;
  };
  recount(with_room_, told.in_turn(), target.in_turn());
  recount(open_, told.share > 0, target.share > 0);
  told = target;
  picker_->update(index, target);
  if (keyless_) keyless_->update(index, target);
}

void Backend::tell_load(std::size_t index) {
  const Server& server = *servers_[index];
  const std::uint32_t sessions = follows_load_ ? server.sessions_ : 0;
  const PickTarget& told = targets_[index];
  if (told.room == server.has_room() && told.sessions == sessions) return;
  PickTarget target = told;
  target.room = server.has_room();
  target.sessions = sessions;
  tell(index, target);
}

void Backend::tell_all() {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const Server& server = *servers_[i];
    PickTarget target;
    if (!server.removed()) {
      target.identity = server.identity_;
      target.full_share = server.weight() * kShareOfWeight;
      target.room = server.has_room();
      if (follows_load_) target.sessions = server.sessions_;
    }
    if (server.takes_traffic()) {
      const bool fixed = settings_.balance.algorithm == Algorithm::kStatic;
      target.share = fixed ? target.full_share : server.share();
    }
    tell(i, target);
    note_room(i);
  }
}

std::uint64_t Backend::identity_of(const ServerSettings& server) const {
  return stable_hash(settings_.balance.by_address ? server.endpoint.to_string()
                                                  : server.known_as());
}

WaitQueue& Backend::own_queue(std::size_t index) {
  if (index >= own_queues_.size()) own_queues_.resize(index + 1);
  if (!own_queues_[index]) own_queues_[index] = std::make_unique<OwnQueue>(queue_);
  return own_queues_[index]->waiters;
}

bool Backend::has_waiters(std::size_t index) const {
  return index < own_queues_.size() && own_queues_[index] && !own_queues_[index]->waiters.empty();
}

void Backend::note_room(std::size_t index) {
  if (!has_waiters(index) || std::exchange(own_queues_[index]->noted, true)) return;
  noted_.push_back(index);
}

WaitQueue* Backend::next_queue() {
  WaitQueue* const common = !queue_.empty() && has_room() ? &queue_ : nullptr;
  while (!noted_.empty()) {
    const std::size_t index = noted_.back();
    const Server& server = *servers_[index];
    // Who waits for one that takes no traffic any more goes elsewhere, if there is such a place.
    const bool serves = (persistence_ ? server.keeps_clients() : server.takes_traffic()) ||
                        (names_servers_ && serves_named(index));
    const bool can_go = serves ? server.has_room() : open_ > 0;
    if (can_go && has_waiters(index)) {
      WaitQueue& own = own_queues_[index]->waiters;
      return common != nullptr && common->goes_before(own) ? common : &own;
    }
    own_queues_[index]->noted = false;
    noted_.pop_back();
  }
  return common;
}

bool Backend::serve_queue(base::Instant now, unsigned at_most) {
  WaitQueue* next = next_queue();
  for (; at_most > 0 && next != nullptr; --at_most) {
    next->pop()->on_turn(now);
    next = next_queue();
  }
  return next != nullptr;
}

void Backend::begin_session(std::size_t index, ServerSession& session, base::Instant now) {
  servers_[index]->begin_session(session, now);
  tell_load(index);
}

void Backend::end_session(std::size_t index, ServerSession& session) {
  servers_.at(index)->end_session(session);
  tell_load(index);
  note_room(index);
  tell_keeper();
}

void Backend::tell_keeper() {
  if (keeper_ != nullptr && queue_.length().current() > 0) keeper_->on_room();
}

std::size_t Backend::usable_servers() const {
  return static_cast<std::size_t>(std::count_if(
      servers_.begin(), servers_.end(), [](const auto& server) { return server->usable(); }));
}

void Backend::set_health(std::size_t index, ServerHealth health, base::Instant now) {
  Server& server = *servers_.at(index);
  const bool was_usable = server.usable();
  const auto is_lost = [&server] {
    return server.standing() == Standing::kDown || server.standing() == Standing::kOut;
  };
  const bool was_lost = is_lost();
  const Standing standing = server.standing();
  const std::uint32_t share = server.share();
  const std::uint32_t limit = server.max_connections();
  server.set_health(std::move(health), settings_.slow_start,
                    settings_.outlier ? settings_.outlier->return_time : base::Duration(0), now);
  // The first that is usable, or the last that was.
  if (server.usable() != was_usable && usable_servers() == (was_usable ? 0U : 1U)) since_ = now;
  if (server.standing() == standing && server.share() == share &&
      server.max_connections() == limit) {
    return;
  }
  look_at_settings();
  if (server.takes_traffic() || !noted_.empty()) tell_keeper();
  if (!was_lost && is_lost() && watch_ != nullptr) watch_->on_marked_down(index);
}

}  // namespace hapair::lb
