#include "apps/hapair/guardian/vip_routing.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::guardian {

base::Result<VipRouting> VipRouting::prepare(const Grants& grants, const VipActuator& actuator,
                                             Ledger& ledger, vrrp::Netlink& netlink,
                                             base::Logger& log) {
  VipRouting routing = prepare_beside(grants, actuator, ledger, netlink, log);
  const bool any =
      std::ranges::any_of(routing.groups_, [](const Group& group) { return !group.items.empty(); });
  if (!any) return routing;
  if (auto done = routing.remove_left_overs(); !done) return std::unexpected(done.error());
  return routing;
}

VipRouting VipRouting::prepare_beside(const Grants& grants, const VipActuator& actuator,
                                      Ledger& ledger, vrrp::Netlink& netlink, base::Logger& log) {
  VipRouting routing(grants, ledger, netlink, log);
  for (const GroupGrant& grant : grants.groups) {
    Group& group = routing.groups_.emplace_back();
    for (const RouteGrant& each : grant.routes) {
      vrrp::Route route = each.route;
      route.link = actuator.link_of(each.interface);
      group.items.push_back({route});
    }
    for (const vrrp::Rule& rule : grant.rules) group.items.push_back({rule});
  }
  return routing;
}

void VipRouting::take_over(const VipRouting& running,
                           std::span<const std::optional<std::size_t>> places) {
  std::vector<vrrp::Routing> gone;
  for (const Group& before : running.groups_) {
    for (const Item& item : before.items) {
      if (item.noted) gone.push_back(item.routing);
    }
  }
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (!places[i]) continue;
    groups_[i].fault = running.groups_[*places[i]].fault;
    for (Item& item : groups_[i].items) {
      // It may be another group's, which is held too, or not: put() sees that it is there.
      item.noted = std::erase(gone, item.routing) > 0;
    }
  }
  take_off(std::move(gone));
}

base::Result<void> VipRouting::remove_left_overs() {
  const auto present = netlink_.own_routing();
  if (!present) return std::unexpected(present.error());
  const auto done = netlink_.take_off(*present);
  if (!done) return std::unexpected(done.error());
  for (std::size_t i = 0; i < present->size(); ++i) {
    const std::string what = to_string((*present)[i]);
    if (!vrrp::is_unrouted((*done)[i])) {
      return base::os_fail(base::concat("take the left-over ", what, " off"), (*done)[i]);
    }
    log_.warning("route-left-over", what, "was on this host at start and has been taken off");
  }
  return {};
}

std::size_t VipRouting::put(std::size_t index) {
  Group& group = groups_[index];
  std::vector<Item*> missing;
  std::vector<vrrp::Routing> routing;
  for (Item& item : group.items) {
    if (item.present) continue;
    missing.push_back(&item);
    routing.push_back(item.routing);
  }
  if (missing.empty()) return 0;
  if (const auto noted = ledger_.note_routing(routing); !noted) {
    tell(index, noted.error().message);
    return 0;
  }
  for (Item* item : missing) item->noted = true;
  const auto done = netlink_.put(routing);
  if (!done) {
    tell(index, done.error().message);
    return 0;
  }
  std::string fault;
  std::size_t count = 0;
  for (std::size_t i = 0; i < missing.size(); ++i) {
    std::string why = settle(*missing[i], (*done)[i]);
    if ((*done)[i] == 0) ++count;
    if (why.empty()) continue;
    missing[i]->noted = false;
    ledger_.forget_routing(std::array{routing[i]});
    if (fault.empty()) fault = std::move(why);
  }
  tell(index, std::move(fault));
  return count;
}

std::string VipRouting::settle(Item& item, int code) {
  item.present = code == 0;
  if (code == 0) return {};
  if (code == EEXIST) return settle_in_place(item);
  return base::concat(to_string(item.routing), ": ", std::strerror(code));
}

/// The kernel has something in its place: it is there already, or it is another's.
std::string VipRouting::settle_in_place(Item& item) {
  const auto found = netlink_.in_place_of(item.routing);
  if (!found) return found.error().message;
  const std::string what = to_string(item.routing);
  if (!*found) return base::concat(what, ": another is in its place");
  const auto& [other, protocol] = **found;
  if (protocol == vrrp::kRouteProtocol) {
    item.present = true;
    return {};
  }
  return base::concat(what, ": there is ", to_string(other), " of another program (proto ",
                      protocol, ") in its place; remove that, or give ours another ",
                      std::holds_alternative<vrrp::Route>(other) ? "metric" : "priority");
}

void VipRouting::tell(std::size_t index, std::string fault) {
  Group& group = groups_[index];
  if (fault == group.fault) return;
  const std::string& name = grants_.groups[index].name;
  if (fault.empty()) {
    log_.info("route-put-recovered", name, "all of its routes and rules are there");
  } else {
    log_.error("route-put-failed", name, fault);
  }
  group.fault = std::move(fault);
}

void VipRouting::remove(std::span<const std::size_t> groups) {
  std::vector<vrrp::Routing> routing;
  for (const std::size_t index : groups) {
    Group& group = groups_[index];
    for (Item& item : group.items) {
      if (std::exchange(item.noted, false)) routing.push_back(item.routing);
    }
    forget(index);
    group.fault.clear();
  }
  take_off(std::move(routing));
}

void VipRouting::take_off(std::vector<vrrp::Routing> routing) {
  if (routing.empty()) return;
  std::ranges::reverse(routing);  // what leads through others goes before them
  const auto done = netlink_.take_off(routing);
  if (!done) {
    log_.error("route-remove-failed", "", done.error().message);
    return;
  }
  std::vector<vrrp::Routing> gone;
  for (std::size_t i = 0; i < routing.size(); ++i) {
    if (vrrp::is_unrouted((*done)[i])) {
      gone.push_back(routing[i]);
    } else {
      log_.error("route-remove-failed", to_string(routing[i]), std::strerror((*done)[i]));
    }
  }
  ledger_.forget_routing(gone);
}

void VipRouting::forget(std::size_t index) {
  for (Item& item : groups_[index].items) item.present = false;
}

std::optional<std::size_t> VipRouting::on_removed(const vrrp::Routing& routing) {
  for (std::size_t index = 0; index < groups_.size(); ++index) {
    for (Item& item : groups_[index].items) {
      if (!item.present || !same_place(item.routing, routing)) continue;
      item.present = false;
      return index;
    }
  }
  return std::nullopt;
}

}  // namespace hapair::guardian
