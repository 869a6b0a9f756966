// What notify scripts are to hear: the states of VIPs and of sync groups, told when they change.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "libvrrp/core/effects.hpp"
#include "libvrrp/core/notify_queue.hpp"

namespace hapair::worker {

class NotifyStates {
 public:
  struct Told {
    std::size_t subject = 0;  ///< index into Model::notifies
    vrrp::NotifyState state = vrrp::NotifyState::kBackup;
    std::uint8_t priority = 0;  ///< 0 for sync groups, as keepalived has it

    bool operator==(const Told&) const = default;
  };

  /// The model outlives it.
  explicit NotifyStates(const config::Model& model);

  /// A VIP has a new role; what is to be told of it, the VIP itself first.
  [[nodiscard]] std::vector<Told> on_role(std::size_t vip, vrrp::State role, std::uint8_t priority);

 private:
  [[nodiscard]] std::optional<vrrp::NotifyState> state_of(std::span<const std::size_t> vips) const;

  const config::Model& model_;
  std::vector<vrrp::State> roles_;                      ///< by VIP
  std::vector<bool> begun_;                             ///< by VIP: it had a role before
  std::vector<std::optional<vrrp::NotifyState>> told_;  ///< by notify
};

}  // namespace hapair::worker
