#include "apps/hapair/guardian/parts.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "apps/hapair/guardian/regrant.hpp"
#include "common/base/text.hpp"

namespace hapair::guardian {
namespace {

bool has_routes(const GroupGrant& group) { return !group.routes.empty() || !group.rules.empty(); }

/// What the links can do at this moment; events tell of what changes from here on.
base::Result<void> look_at_links(Parts& parts, vrrp::Netlink& netlink) {
  const auto addresses = netlink.addresses();
  if (!addresses) return std::unexpected(addresses.error());
  for (std::size_t i = 0; i < parts.grants->interfaces.size(); ++i) {
    const vrrp::Link& link = parts.actuator.link(i);
    (void)parts.links.set_carrier(i, link.carrier);
    for (const GroupGrant& group : parts.grants->groups) {
      if (group.interface != i) continue;
      const bool there = std::ranges::any_of(*addresses, [&](const vrrp::LinkAddress& each) {
        return each.link == link.index && each.prefix.address == group.source;
      });
      (void)parts.links.set_present(i, group.source, there);
    }
  }
  return {};
}

/// An operator's word stays with a group whose name changes.
void rename_maintenance(const Grants& running, const Grants& next,
                        std::span<const std::optional<std::size_t>> places, Ledger& ledger,
                        base::Logger& log) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i]) continue;
    const std::string& before = running.groups[*places[i]].name;
    const std::string& after = next.groups[i].name;
    if (before == after || !ledger.in_maintenance(before)) continue;
    const auto kept = ledger.set_maintenance(after, true);
    if (!kept) log.error("reload-incomplete", after, kept.error().message);
    (void)ledger.set_maintenance(before, false);
  }
}

}  // namespace

bool has_routes(const Grants& grants) {
  return std::ranges::any_of(grants.groups,
                             [](const GroupGrant& each) { return has_routes(each); });
}

std::vector<GuardianCore::GroupPlan> plans_of(const Grants& grants) {
  std::vector<GuardianCore::GroupPlan> plans;
  for (const GroupGrant& group : grants.groups) {
    plans.push_back({.addresses = group.addresses.size(),
                     .announce_interval = group.announce_interval,
                     .routes = has_routes(group)});
  }
  return plans;
}

base::Result<std::unique_ptr<Parts>> prepare_first(NewConfig config, bool beside,
                                                   const HostAccess& host) {
  auto grants = std::make_unique<const Grants>(std::move(config.grants));
  ScriptHost scripts = ScriptHost::prepare(*grants, host.log);
  auto actuator = beside ? VipActuator::prepare_beside(*grants, host.ledger, host.netlink, host.log)
                         : VipActuator::prepare(*grants, host.ledger, host.netlink, host.log);
  if (!actuator) return std::unexpected(actuator.error());
  base::Result<VipRouting> routing =
      beside ? VipRouting::prepare_beside(*grants, *actuator, host.ledger, host.netlink, host.log)
             : VipRouting::prepare(*grants, *actuator, host.ledger, host.netlink, host.log);
  if (!routing) return std::unexpected(routing.error());
  auto targets = TargetWatch::open(*grants);
  if (!targets) return std::unexpected(targets.error());
  return std::make_unique<Parts>(Parts{.grants = std::move(grants),
                                       .envelope = std::move(config.envelope),
                                       .logs = std::move(config.logs),
                                       .certificates = std::move(config.certificates),
                                       .scripts = std::move(scripts),
                                       .actuator = std::move(*actuator),
                                       .routing = std::move(*routing),
                                       .targets = std::move(*targets)});
}

base::Result<std::unique_ptr<Parts>> prepare_beside(NewConfig& config, const Parts& running,
                                                    const HostAccess& host) {
  if (const auto fixed = unchangeable(*running.grants, config.grants); !fixed.empty()) {
    return base::fail(base::join(fixed, "\n"));
  }
  auto grants = std::make_unique<const Grants>(std::move(config.grants));
  ScriptHost scripts = ScriptHost::prepare(*grants, host.log);
  auto targets = TargetWatch::open(*grants);
  if (!targets) return std::unexpected(targets.error());
  auto actuator =
      VipActuator::prepare_beside(*grants, running.actuator, host.ledger, host.netlink, host.log);
  if (!actuator) return std::unexpected(actuator.error());
  VipRouting routing =
      VipRouting::prepare_beside(*grants, *actuator, host.ledger, host.netlink, host.log);
  auto parts = std::make_unique<Parts>(Parts{.grants = std::move(grants),
                                             .envelope = std::move(config.envelope),
                                             .logs = {},
                                             .certificates = {},
                                             .scripts = std::move(scripts),
                                             .actuator = std::move(*actuator),
                                             .routing = std::move(routing),
                                             .targets = std::move(*targets)});
  if (auto looked = look_at_links(*parts, host.netlink); !looked) {
    parts->actuator.undo(running.actuator);
    return std::unexpected(looked.error());
  }
  parts->logs = std::move(config.logs);
  parts->certificates = std::move(config.certificates);
  return parts;
}

void take_over(Parts& next, Parts& running, std::span<const std::optional<std::size_t>> places,
               const HostAccess& host) {
  next.routing.take_over(running.routing, places);
  next.actuator.take_over(running.actuator, places);
  rename_maintenance(*running.grants, *next.grants, places, host.ledger, host.log);
  for (const std::string& path : unix_sockets_gone(*running.grants, *next.grants)) {
    (void)::unlink(path.c_str());
  }
  // The process goes on, and its runs with it.
  if (!scripts_change(*running.grants, *next.grants)) std::swap(next.scripts, running.scripts);
  running.logs.retire();
  running.certificates.retire();
}

}  // namespace hapair::guardian
