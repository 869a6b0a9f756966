// A backend that keeps its clients on their servers: who belongs where, and who waits for a server
// of its own.
#include <algorithm>
#include <utility>

#include "liblb/core/backend.hpp"

namespace hapair::lb {

void Backend::set_persistence(std::unique_ptr<Persistence> persistence) {
  persistence_ = std::move(persistence);
  for (const auto& server : servers_) server->cookie_ = persistence_->id_of(*server);
}

std::optional<std::size_t> Backend::server_of_cookie(std::string_view cookie) const {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (!servers_[i]->removed() && servers_[i]->cookie() == cookie) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> Backend::kept_server(const Affinity& affinity,
                                                std::optional<std::size_t> avoid) const {
  if (!affinity.server || affinity.server == avoid) return std::nullopt;
  return servers_[*affinity.server]->keeps_clients() ? affinity.server : std::nullopt;
}

std::size_t Backend::wait_for(std::size_t server, Waiter& waiter) {
  WaitQueue& waiters = servers_[server]->waiters;
  if (waiters.length().current() >= settings_.max_queue) return 0;
  return waiters.enter(waiter, false);
}

bool Backend::has_own_waiters() const {
  return persistence_ != nullptr && limited_ &&
         std::ranges::any_of(servers_, [](const auto& each) { return !each->waiters.empty(); });
}

void Backend::serve_own_waiters(base::Instant now, unsigned& at_most) {
  if (!has_own_waiters()) return;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    Server& server = *servers_[i];
    // One whose server is gone looks for another.
    while (at_most > 0 && !server.waiters.empty() &&
           (server.has_room() || !server.keeps_clients())) {
      --at_most;
      server.waiters.pop()->on_turn(now);
    }
  }
}

}  // namespace hapair::lb
