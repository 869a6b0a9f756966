// A backend with the connections to its servers: where exchanges get theirs from.
#pragma once

#include <deque>

#include "liblb/core/backend.hpp"
#include "liblb/io/connection_pool.hpp"

namespace hapair::lb {

class BackendDriver final : public Connector {
 public:
  BackendDriver(Context& context, BackendSettings settings)
      : backend_(std::move(settings), context.now()) {
    for (std::size_t i = 0; i < backend_.size(); ++i) {
      pools_.emplace_back(context, backend_.settings(), backend_.server(i).settings().endpoint);
    }
  }

  [[nodiscard]] Backend& backend() { return backend_; }
  [[nodiscard]] const Backend& backend() const { return backend_; }
  [[nodiscard]] std::size_t idle_connections(std::size_t server) const {
    return pools_.at(server).idle_count();
  }

  void set_health(std::size_t server, ServerHealth health, base::Instant now) {
    if (!health.usable) pools_.at(server).close_idle();
    backend_.set_health(server, std::move(health), now);
  }
  void close_idle() {
    for (ConnectionPool& pool : pools_) pool.close_idle();
  }

  [[nodiscard]] ServerSide* connect(Exchange& exchange, std::size_t server, Reuse reuse) override {
    return pools_.at(server).acquire(exchange, reuse);
  }

 private:
  Backend backend_;
  std::deque<ConnectionPool> pools_;
};

}  // namespace hapair::lb
