#include "apps/hapair/guardian/interface_targets.hpp"

#include <algorithm>
#include <variant>

#include "common/base/text.hpp"

namespace hapair::guardian {

InterfaceTargets::InterfaceTargets(const Grants& grants) : grants_(grants) {
  for (std::size_t i = 0; i < grants.targets.size(); ++i) {
    if (std::holds_alternative<InterfaceTarget>(grants.targets[i])) found_[i] = std::nullopt;
    const auto* gateway = std::get_if<GatewayTarget>(&grants.targets[i]);
    needed_ |= gateway != nullptr ? !gateway->interface.empty() : found_.contains(i);
  }
}

void InterfaceTargets::reset(std::span<const vrrp::Link> links,
                             std::span<const vrrp::LinkAddress> addresses) {
  links_.clear();
  addresses_.clear();
  for (const vrrp::Link& link : links) on(vrrp::LinkChanged{link});
  for (const vrrp::LinkAddress& address : addresses) on(vrrp::AddressAdded{address});
  changed_ = true;
}

void InterfaceTargets::on_event(const vrrp::NetlinkEvent& event) {
  std::visit([this](const auto& it) { on(it); }, event);
}

// The renewals of our own VIPs come this way too, hundreds in a second, and change nothing.
void InterfaceTargets::on(const vrrp::AddressAdded& event) {
  changed_ |= addresses_.emplace(event.address.link, event.address.prefix.address).second;
}

void InterfaceTargets::on(const vrrp::AddressRemoved& event) {
  changed_ |= addresses_.erase({event.address.link, event.address.prefix.address}) > 0;
}

void InterfaceTargets::on(const vrrp::LinkChanged& event) {
  const vrrp::Link& link = event.link;
  Known known{.name = link.name, .up = link.up, .carrier = link.carrier};
  Known& before = links_[link.index];
  if (before == known) return;
  before = std::move(known);
  changed_ = true;
}

void InterfaceTargets::on(const vrrp::LinkRemoved& event) {
  changed_ |= links_.erase(event.link.index) > 0;
  std::erase_if(addresses_, [&](const auto& each) { return each.first == event.link.index; });
}

std::optional<std::uint32_t> InterfaceTargets::index_of(std::string_view name) const {
  const auto link =
      std::ranges::find_if(links_, [&](const auto& each) { return each.second.name == name; });
  if (link == links_.end()) return std::nullopt;
  return link->first;
}

std::vector<TargetFound> InterfaceTargets::take_changes() {
  std::vector<TargetFound> changes;
  if (!std::exchange(changed_, false)) return changes;
  for (auto& [target, told] : found_) {
    TargetFound now = find_out(target);
    if (told == now) continue;
    told = now;
    changes.push_back(std::move(now));
  }
  return changes;
}

std::vector<TargetFound> InterfaceTargets::all() {
  for (auto& [target, told] : found_) told.reset();
  changed_ = true;
  return take_changes();
}

TargetFound InterfaceTargets::find_out(std::size_t target) const {
  const auto& wanted = std::get<InterfaceTarget>(grants_.targets[target]);
  const std::string fault = fault_of(wanted);
  return {.target = static_cast<std::uint16_t>(target),
          .run = 0,
          .outcome = fault.empty() ? TargetOutcome::kGood : TargetOutcome::kBad,
          .detail = fault.empty() ? base::concat(wanted.interface, " is up") : fault};
}

/// Why it is no good; empty: it is.
std::string InterfaceTargets::fault_of(const InterfaceTarget& target) const {
  const auto index = index_of(target.interface);
  if (!index) return base::concat("there is no ", target.interface);
  const Known& link = links_.at(*index);
  if (!link.up) return base::concat(target.interface, " is set down");
  if (!link.carrier) return base::concat(target.interface, " has no carrier");
  for (const base::IpAddress& address : target.addresses) {
    if (addresses_.contains({*index, address})) continue;
    return base::concat(target.interface, " has lost its address ", address.to_string());
  }
  return {};
}

}  // namespace hapair::guardian
