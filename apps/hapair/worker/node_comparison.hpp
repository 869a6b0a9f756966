// "I can't reach these servers, but another node can": compares what this node's checks say of the
// backends that each VIP needs with what the other nodes say in their hellos, and lets the VIP's
// election know when another node is the better one.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/worker/health_wiring.hpp"
#include "apps/hapair/worker/settings.hpp"
#include "apps/hapair/worker/vip_set.hpp"
#include "common/event/event_loop.hpp"
#include "libvrrp/core/hello_exchange.hpp"
#include "libvrrp/core/servers_elsewhere.hpp"

namespace hapair::worker {

class NodeComparison {
 public:
  /// All of them outlive it.
  NodeComparison(event::EventLoop& loop, const config::Model& model, const HealthWiring& health,
                 const vrrp::HelloExchange& hellos, VipSet& vips);

  /// Another model is in place: what holds for a VIP and a backend that are still there goes on.
  void on_reload();
  /// Something on either side may have changed.
  void update() noexcept;

 private:
  struct Compared {
    std::size_t vip = 0;
    std::size_t backend = 0;
    vrrp::ServersElsewhere state;
    std::string vip_name;
    NeededBackend needed;  ///< by its place when it was made
    std::string backend_name;
  };

  [[nodiscard]] std::vector<Compared> all() const;

  [[nodiscard]] std::string text_of(const Compared& compared) const;

  event::EventLoop& loop_;
  const config::Model& model_;
  const HealthWiring& health_;
  const vrrp::HelloExchange& hellos_;
  VipSet& vips_;
  std::vector<Compared> compared_;
  event::Timer deadline_;
};

}  // namespace hapair::worker
