#include "liblb/core/backend.hpp"

#include <algorithm>
#include <utility>

namespace hapair::lb {

Backend::Backend(BackendSettings settings, base::Instant now)
    : settings_(std::move(settings)),
      candidates_(settings_.servers.size()),
      queue_(settings_.max_queue),
      since_(now) {
  observes_ = settings_.observe != Observe::kOff || settings_.outlier.has_value();
  for (const ServerSettings& server : settings_.servers) {
    servers_.push_back(std::make_unique<Server>(server, now));
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
    std::optional<std::uint16_t> tier;
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
    server->set_open(server->share() > 0 && (panics_ ? !out : in_turn));
  }
  if (panics_ != panicked && watch_ != nullptr) watch_->on_panic(panics_);
}

bool Backend::has_to_panic() const {
  std::size_t all = 0;
  std::size_t well = 0;
  for (const auto& server : servers_) {
    if (server->share() == 0) continue;
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
  return well * 100 < all * settings_.panic_threshold;
}

void Backend::advance(base::Instant now) {
  for (const auto& server : servers_) server->advance(now);
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
  const auto vacant = std::ranges::find_if(servers_, &Server::vacant,
                                           [](const auto& each) -> Server& { return *each; });
  const auto index = static_cast<std::size_t>(vacant - servers_.begin());
  if (vacant == servers_.end()) {
    servers_.push_back(std::move(server));
    candidates_.emplace_back();
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
}

void Backend::set_share(std::size_t index, std::uint32_t weight, std::uint16_t tier,
                        base::Instant now) {
  server(index).settings_.weight = weight;
  server(index).settings_.tier = tier;
  server(index).advance(now);
  choose_open();
  tell_keeper();
}

std::optional<std::size_t> Backend::pick(std::optional<std::size_t> avoid) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    candidates_[i] = {.weight = servers_[i]->share(),
                      .eligible = servers_[i]->takes_traffic() && servers_[i]->has_room()};
  }
  if (avoid && has_alternative(*avoid)) candidates_[*avoid].eligible = false;
  return round_robin_.pick(candidates_);
}

bool Backend::has_alternative(std::size_t to) const {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (i != to && servers_[i]->takes_traffic() && servers_[i]->has_room()) return true;
  }
  return false;
}

bool Backend::has_room() const {
  return std::ranges::any_of(
      servers_, [](const auto& server) { return server->takes_traffic() && server->has_room(); });
}

bool Backend::must_wait(bool had_turn) const {
  if (!limited_) return false;
  if (had_turn || queue_.empty()) {
    if (has_room()) return false;
  }
  return std::ranges::any_of(servers_, [](const auto& server) { return server->takes_traffic(); });
}

bool Backend::serve_queue(base::Instant now, unsigned at_most) {
  for (; at_most > 0 && !queue_.empty() && has_room(); --at_most) queue_.pop()->on_turn(now);
  return !queue_.empty() && has_room();
}

void Backend::end_session(std::size_t index, ServerSession& session) {
  servers_.at(index)->end_session(session);
  tell_keeper();
}

void Backend::tell_keeper() {
  if (keeper_ != nullptr && !queue_.empty()) keeper_->on_room();
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
  if (server.takes_traffic()) tell_keeper();
  if (!was_lost && is_lost() && watch_ != nullptr) watch_->on_marked_down(index);
}

}  // namespace hapair::lb
