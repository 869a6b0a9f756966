#include "apps/hapair/worker/notify_states.hpp"

#include <algorithm>
#include <utility>

namespace hapair::worker {

NotifyStates::NotifyStates(const config::Model& model)
    : model_(model),
      roles_(model.vips.size(), vrrp::State::kInitialize),
      begun_(model.vips.size()),
      told_(model.notifies.size()) {}

std::vector<NotifyStates::Told> NotifyStates::on_role(std::size_t vip, vrrp::State role,
                                                      std::uint8_t priority) {
  roles_[vip] = role;
  if (role != vrrp::State::kInitialize) begun_[vip] = true;
  std::vector<Told> told;
  const auto consider = [&](std::optional<std::size_t> notify, std::span<const std::size_t> vips,
                            std::uint8_t with) {
    if (!notify) return;
    const auto state = state_of(vips);
    if (!state || told_[*notify] == state) return;
    told_[*notify] = state;
    told.push_back({.subject = *notify, .state = *state, .priority = with});
  };
  consider(model_.vips[vip].notify, {&vip, 1}, priority);
  if (const config::SyncGroup* group = model_.sync_group_of(vip)) {
    consider(group->notify, group->vips, 0);
  }
  return told;
}

/// Of a group: MASTER only with all of its VIPs, FAULT or STOP with any. Nothing before each of
/// them has begun.
std::optional<vrrp::NotifyState> NotifyStates::state_of(std::span<const std::size_t> vips) const {
  const auto any = [&](vrrp::State role) {
    return std::ranges::any_of(vips, [&](std::size_t vip) { return roles_[vip] == role; });
  };
  if (!std::ranges::all_of(vips, [&](std::size_t vip) { return begun_[vip]; })) return std::nullopt;
  if (any(vrrp::State::kInitialize)) return vrrp::NotifyState::kStop;
  if (any(vrrp::State::kFault)) return vrrp::NotifyState::kFault;
  if (any(vrrp::State::kBackup)) return vrrp::NotifyState::kBackup;
  return vrrp::NotifyState::kMaster;
}

}  // namespace hapair::worker
