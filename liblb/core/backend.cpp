#include "liblb/core/backend.hpp"

#include <algorithm>
#include <utility>

namespace hapair::lb {

Backend::Backend(BackendSettings settings, base::Instant now)
    : settings_(std::move(settings)), candidates_(settings_.servers.size()), since_(now) {
  for (const ServerSettings& server : settings_.servers) servers_.emplace_back(server, now);
}

std::optional<std::size_t> Backend::pick(std::optional<std::size_t> avoid) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    candidates_[i] = {.weight = servers_[i].weight(), .eligible = servers_[i].usable()};
  }
  if (avoid && has_alternative(*avoid)) candidates_[*avoid].eligible = false;
  return round_robin_.pick(candidates_);
}

bool Backend::has_alternative(std::size_t to) const {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (i != to && servers_[i].usable() && servers_[i].weight() > 0) return true;
  }
  return false;
}

std::size_t Backend::usable_servers() const {
  return static_cast<std::size_t>(std::count_if(
      servers_.begin(), servers_.end(), [](const Server& server) { return server.usable(); }));
}

void Backend::set_health(std::size_t index, ServerHealth health, base::Instant now) {
  const bool was_up = usable_servers() > 0;
  servers_.at(index).set_health(std::move(health), now);
  if ((usable_servers() > 0) != was_up) since_ = now;
}

}  // namespace hapair::lb
