#include "liblb/core/backend.hpp"

#include <algorithm>
#include <utility>

namespace hapair::lb {

Backend::Backend(BackendSettings settings, base::Instant now)
    : settings_(std::move(settings)),
      candidates_(settings_.servers.size()),
      queue_(settings_.max_queue),
      since_(now) {
  for (const ServerSettings& server : settings_.servers) {
    servers_.push_back(std::make_unique<Server>(server, now));
    limited_ = limited_ || server.max_connections > 0;
    sends_proxy_ = sends_proxy_ || server.send_proxy != SendProxy::kNone;
  }
  choose_open();
}

void Backend::choose_open() {
  const auto some_are = [this](Standing standing) {
    return std::ranges::any_of(servers_, [standing](const auto& server) {
      return server->standing() == standing && server->share() > 0;
    });
  };
  const Standing wanted = some_are(Standing::kUp) ? Standing::kUp : Standing::kLastResort;
  for (const auto& server : servers_) {
    server->set_open(server->standing() == wanted && server->share() > 0);
  }
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

void Backend::end_session(std::size_t index) {
  servers_.at(index)->end_session();
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
  const bool was_up = usable_servers() > 0;
  servers_.at(index)->set_health(std::move(health), now);
  if ((usable_servers() > 0) != was_up) since_ = now;
  choose_open();
  if (servers_.at(index)->takes_traffic()) tell_keeper();
}

}  // namespace hapair::lb
