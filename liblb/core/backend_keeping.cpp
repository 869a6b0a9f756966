// A backend that keeps its clients on their servers: what stands for which.
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

}  // namespace hapair::lb
