// The nodes' hello in the worker: puts together what this node says of itself, tells log and
// journal what is heard of the others, and has it compared with what this node sees. Its loss alone
// changes nothing but status.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/worker/health_wiring.hpp"
#include "apps/hapair/worker/node_comparison.hpp"
#include "apps/hapair/worker/vip_set.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/event/event_loop.hpp"
#include "libvrrp/io/hello_link.hpp"

namespace hapair::worker {

/// Who else hears what the nodes say.
class HelloFollower {
 public:
  virtual void on_hello() noexcept = 0;
  virtual void on_peer_silent(std::size_t peer) noexcept = 0;

 protected:
  ~HelloFollower() = default;
};

class HelloWiring final : vrrp::HelloListener {
 public:
  /// The model says hello; all of them outlive it.
  HelloWiring(event::EventLoop& loop, const config::Model& model, const HealthWiring& health,
              VipSet& vips, const base::Logger& log, base::Journal& journal);

  void start() { link_.start(report()); }
  /// Whether the same link serves for that model.
  [[nodiscard]] bool serves(const config::Model& next) const;
  /// Another model is in place, for which the link serves.
  void on_reload();
  /// Something of what this node says may have changed; many changes in one turn are told together.
  void refresh() { refresh_.schedule(); }

  /// `follower` outlives the wiring's use.
  void tell(HelloFollower& follower) { follower_ = &follower; }
  void say(std::size_t peer, std::optional<vrrp::DrillNote> letter) {
    link_.say(peer, std::move(letter));
  }

  [[nodiscard]] const vrrp::HelloLink& link() const { return link_; }
  /// What this node says of itself.
  [[nodiscard]] vrrp::NodeReport report() const;
  /// A peer is there that takes part in the election of the VIP.
  [[nodiscard]] bool could_take_over(std::size_t vip) const;

 private:
  void on_peer_heard(std::size_t peer) noexcept override;
  void on_peer_silent(std::size_t peer) noexcept override;
  void on_hello_alarm(const vrrp::HelloAlarm& alarm) noexcept override;
  void on_hello() noexcept override;
  void on_hello_unavailable(std::string_view why) noexcept override;
  void tell(base::LogLevel level, std::string_view id, std::size_t peer, std::string_view state,
            const std::string& message);
  void on_change() noexcept;

  event::EventLoop& loop_;
  const config::Model& model_;
  const HealthWiring& health_;
  const VipSet& vips_;
  const base::Logger& log_;
  base::Journal& journal_;
  vrrp::HelloLinkSettings settings_;
  std::vector<std::string> peers_;  ///< their names
  vrrp::HelloLink link_;
  NodeComparison comparison_;
  event::Deferred refresh_;
  HelloFollower* follower_ = nullptr;
};

}  // namespace hapair::worker
