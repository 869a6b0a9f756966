// One actuator in place of another that runs: what a reload does to addresses and adverts.
#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "apps/hapair/guardian/vip_actuator.hpp"

namespace hapair::guardian {

base::Result<VipActuator> VipActuator::prepare_beside(const Grants& grants,
                                                      const VipActuator& running, Ledger& ledger,
                                                      vrrp::Netlink& netlink, base::Logger& log) {
  auto frames = vrrp::FrameSender::open();
  if (!frames) return std::unexpected(frames.error());
  VipActuator actuator(grants, ledger, netlink, log, std::move(*frames));
  const auto prepare = [&]() -> base::Result<void> {
    if (auto done = actuator.find_links(); !done) return done;
    if (auto done = actuator.find_left_overs(); !done) return done;
    std::erase_if(actuator.left_overs_, [&](const vrrp::LinkAddress& address) {
      return running.is_vip(address.prefix.address);
    });
    if (auto done = actuator.quieten_arp(); !done) return done;
    return actuator.open_groups(LinkOrigin::kNew, &running);
  };
  if (auto done = prepare(); !done) {
    actuator.undo(running);
    return std::unexpected(done.error());
  }
  return actuator;
}

/// Those of the running group where it has them; what only the new one needs is made.
base::Result<VirtualLinks> VipActuator::links_for(const GroupGrant& grant, LinkOrigin origin,
                                                  const VipActuator* running) {
  const vrrp::Link& below = links_[grant.interface];
  const VirtualLinks* there = nullptr;
  for (std::size_t i = 0; running != nullptr && i < running->groups_.size(); ++i) {
    const GroupGrant& other = running->grants_.groups[i];
    const bool same = other.virtual_mac && other.router_id == grant.router_id &&
                      other.source.family() == grant.source.family() &&
                      running->links_[other.interface].index == below.index;
    if (!same) continue;
    there = &running->groups_[i].virtual_links;
    break;
  }
  return make_virtual_links(grant, below, origin, ledger_, netlink_, log_, there);
}

void VipActuator::take_over(VipActuator& running,
                            std::span<const std::optional<std::size_t>> places) {
  std::set<vrrp::LinkAddress> kept;
  std::vector<bool> held(groups_.size());
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (!places[i]) continue;
    Group& group = groups_[i];
    const Group& before = running.groups_[*places[i]];
    for (Destination& destination : group.destinations) {
      const auto known =
          std::ranges::find(before.destinations, destination.address, &Destination::address);
      if (known != before.destinations.end()) destination.checksum = known->checksum;
    }
    group.sequence = before.sequence;
    group.advertised = before.advertised;
    group.send_failing = before.send_failing;
    group.on_loopback = before.on_loopback;
    held[i] = before.noted;
    if (before.noted) {
      for (const PlacedVip& vip : group.vips) {
        // The kernel changes neither label nor scope of one that is there.
        const auto old = std::ranges::find(before.vips, vip.address, &PlacedVip::address);
        const bool other =
            old != before.vips.end() && (old->label != vip.label || old->scope != vip.scope);
        if (!other) kept.insert(vip.address);
      }
    }
  }
  ledger_.clear_resignations();
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (const auto noted = note_resignations(i); !noted) {
      log_.error("reload-incomplete", grants_.groups[i].name, noted.error().message);
    } else if (groups_[i].advertised) {
      ledger_.set_advertising(i, true);
    }
  }
  std::vector<vrrp::LinkAddress> gone;
  for (const Group& group : running.groups_) {
    if (!group.noted) continue;
    for (const PlacedVip& vip : group.vips) {
      if (!kept.contains(vip.address)) gone.push_back(vip.address);
    }
  }
  (void)take_off(gone);
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (!held[i]) continue;
    if (const auto noted = note(i, groups_[i].on_loopback); !noted) {
      log_.error("vip-put-failed", grants_.groups[i].name, noted.error().message);
    }
  }
  if (const auto done = take_off_left_overs(); !done) {
    log_.error("vip-remove-failed", "", done.error().message);
  }
  running.undo(*this);
}

void VipActuator::undo(const VipActuator& other) {
  for (const Group& group : groups_) {
    for (const auto& link : {group.virtual_links.v4, group.virtual_links.v6}) {
      if (!link || other.is_virtual(link->index)) continue;
      const auto done = netlink_.remove_link(link->index);
      if (!done && done.error().os_errno != ENODEV) {
        log_.error("release-failed", link->name, done.error().message);
      }
      ledger_.forget_made(link->name);
    }
  }
  for (const ChangedLink& changed : ledger_.changed()) {
    const bool ours = std::ranges::find(links_, changed.link, &vrrp::Link::index) != links_.end();
    if (!ours || other.interface_of(changed.link)) continue;
    const auto done = netlink_.set_arp_settings(changed.link, changed.before);
    if (!done && done.error().os_errno != ENODEV) {
      log_.error("release-failed", changed.link_name, done.error().message);
    }
    ledger_.forget_changed(changed.link);
  }
}

}  // namespace hapair::guardian
