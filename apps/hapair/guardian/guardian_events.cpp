// What the guardian does about events of the kernel: addresses, links and routes that others
// change, targets that come and go, and what it tells the worker of them.
#include <algorithm>
#include <string>
#include <variant>

#include "apps/hapair/guardian/guardian.hpp"
#include "apps/hapair/guardian/process_setup.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::guardian {

void Guardian::on_netlink_event(const vrrp::NetlinkEvent& event) {
  std::visit([this](const auto& it) { on_event(it); }, event);
  parts_->targets.on_event(event, *this);
}

void Guardian::on_event(const vrrp::AddressAdded& event) {
  const auto interface = parts_->actuator.interface_of(event.address.link);
  if (interface) set_present(*interface, event.address.prefix.address, true);
  tell_next(event.address, true);
  take_off_stray(event.address);
}

/// A VIP where we have not put it: on a backup both nodes would answer for it, and beside ours it
/// would stay when ours goes.
void Guardian::take_off_stray(const vrrp::LinkAddress& address) {
  if (!has_duty() || address.link == vrrp::kLoopbackIndex) return;
  const auto group = parts_->actuator.owner_of(address.prefix.address);
  if (!group) return;
  const bool ours = parts_->actuator.group_of(address) == group && core_.orders_of(*group).held;
  if (ours || !parts_->actuator.take_off_stray(address)) return;
  const auto held_back = put_on_.pass(event::now());
  if (!held_back) return;
  start_.log.warning("vip-put-on", grants().groups[*group].name,
                     base::concat(address.prefix.to_string(),
                                  " was put on this host by another program and has been taken off",
                                  *held_back == 0 ? "" : " (and others before)"));
}

void Guardian::on_event(const vrrp::AddressRemoved& event) {
  const auto interface = parts_->actuator.interface_of(event.address.link);
  if (interface) set_present(*interface, event.address.prefix.address, false);
  tell_next(event.address, false);
  const auto group = parts_->actuator.group_of(event.address);
  if (!group) return;
  const base::Instant now = event::now();
  const Actions actions = core_.on_address_taken(*group, now);
  if (actions.empty()) return;  // by us, or again and again
  perform(actions);
  const auto held_back = taken_off_.pass(now);
  if (!held_back) return;
  start_.log.warning(
      "vip-taken-off", grants().groups[*group].name,
      base::concat(event.address.prefix.to_string(), " was taken off ",
                   interface ? grants().interfaces[*interface] : "its virtual interface",
                   late_watch_.lease_ran_out(now)
                       ? " by the kernel, since its lease ran out while this host stood still,"
                       : " by another program",
                   " and has been put back", *held_back == 0 ? "" : " (and others before)"));
}

void Guardian::on_event(const vrrp::LinkChanged& event) {
  if (reload_.next) {
    Parts& next = *reload_.next;
    if (const auto there = next.actuator.interface_of(event.link.index)) {
      next.actuator.on_link(*there, event.link);
      (void)next.links.set_carrier(*there, event.link.carrier);
    }
  }
  const auto interface = parts_->actuator.interface_of(event.link.index);
  if (!interface) {
    const bool granted =
        std::ranges::find(grants().interfaces, event.link.name) != grants().interfaces.end();
    if (granted) on_link_replaced(event.link.name);
    return;
  }
  const bool other_mac = parts_->actuator.link(*interface).mac != event.link.mac;
  parts_->actuator.on_link(*interface, event.link);
  set_carrier(*interface, event.link.carrier);
  if (other_mac) announce_from(*interface);
}

/// The network knows the VIPs there by the MAC address that the interface had.
void Guardian::announce_from(std::size_t interface) {
  const base::Instant now = event::now();
  for (std::size_t i = 0; i < grants().groups.size(); ++i) {
    const std::vector<VipGrant>& vips = grants().groups[i].addresses;
    const bool there = std::ranges::find(vips, interface, &VipGrant::interface) != vips.end();
    if (!there || !core_.orders_of(i).held) continue;
    if (const auto actions = core_.on_order(Announce{static_cast<std::uint16_t>(i)}, now)) {
      perform(*actions);
    }
  }
}

void Guardian::on_event(const vrrp::LinkRemoved& event) {
  const auto interface = parts_->actuator.interface_of(event.link.index);
  if (interface) set_carrier(*interface, false);
  if (parts_->actuator.is_virtual(event.link.index)) on_link_replaced(event.link.name);
}

void Guardian::on_event(const vrrp::RoutingRemoved& event) {
  const auto group = parts_->routing.on_removed(event.routing);
  const base::Instant now = event::now();
  // Else it was ours to remove, or goes on and on: then the next retry puts it.
  if (!group || !core_.may_put_route_back(*group, now)) return;
  const std::size_t put = parts_->routing.put(*group);
  if (put == 0) return;
  const auto held_back = routes_taken_off_.pass(now);
  if (!held_back) return;
  start_.log.warning("route-taken-off", grants().groups[*group].name,
                     base::concat(to_string(event.routing),
                                  " was taken off by another program and has been put back",
                                  *held_back == 0 ? "" : " (and others before)"));
}

/// The next renewal puts back what may be missing; what the links can do is asked for again.
void Guardian::on_event(const vrrp::EventsLost& /*event*/) {
  const auto links = parts_->actuator.read_links();
  if (!links) return;
  for (const vrrp::Link& link : *links) on_event(vrrp::LinkChanged{link});
  for (std::size_t i = 0; i < grants().groups.size(); ++i) parts_->routing.forget(i);
}

/// The parts of a reload that is under way keep up with the kernel.
void Guardian::tell_next(const vrrp::LinkAddress& address, bool present) {
  if (!reload_.next) return;
  const auto interface = reload_.next->actuator.interface_of(address.link);
  if (interface) {
    (void)reload_.next->links.set_present(*interface, address.prefix.address, present);
  }
}

void Guardian::set_present(std::size_t interface, const base::IpAddress& address, bool present) {
  if (parts_->links.set_present(interface, address, present)) tell_link_state(interface);
}

void Guardian::set_carrier(std::size_t interface, bool carrier) {
  if (parts_->links.set_carrier(interface, carrier)) tell_link_state(interface);
}

void Guardian::tell_link_state(std::size_t interface) {
  reply(LinkState{.interface = static_cast<std::uint16_t>(interface),
                  .carrier = parts_->links.carrier(interface),
                  .addressed = parts_->links.addressed(interface)});
}

void Guardian::on_target_found(const TargetFound& found) { reply(found); }

void Guardian::on_echo_socket(const EchoSocket& which, int socket) { reply(which, {socket}); }

// Sockets and settings are of the interface that is gone: a new guardian and a new worker take the
// new one. Nothing is drained: what was held on it is lost already.
void Guardian::on_link_replaced(std::string_view name) {
  start_.log.error("interface-replaced", name,
                   "the interface was removed and made again: starting anew");
  exit_code_ = kExitFailed;
  perform(core_.on_step_down(base::Duration::zero(), event::now()));
}

void Guardian::put_routes(std::size_t group) {
  const std::string before = parts_->routing.fault(group);
  (void)parts_->routing.put(group);
  if (parts_->routing.fault(group) == before) return;
  reply(RoutesState{.group = static_cast<std::uint16_t>(group),
                    .fault = parts_->routing.fault(group)});
}

void Guardian::on_vip_lost(std::size_t group, std::string_view reason) {
  reply(VipLost{.group = static_cast<std::uint16_t>(group), .reason = std::string(reason)});
}

}  // namespace hapair::guardian
