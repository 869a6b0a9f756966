#include "apps/hapair/guardian/handover_names.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace hapair::guardian {
namespace {

std::string bind_name(const BindGrant& bind, const Grants& grants) {
  if (!bind.unix_path.empty()) return base::concat("unix ", bind.unix_path);
  std::string name = base::concat("tcp ", bind.endpoint.to_string());
  if (bind.endpoint.address.is_link_local()) {
    name += base::concat(" ", grants.interfaces[bind.interface]);
  }
  return name;
}

}  // namespace

std::string socket_name(const SocketTag& tag, const Grants& grants) {
  switch (tag.kind) {
    case SocketKind::kBind:
      if (tag.index >= grants.binds.size()) return {};
      return bind_name(grants.binds[tag.index], grants);
    case SocketKind::kControl:
      if (grants.control.path.empty()) return {};
      return base::concat("control ", grants.control.path);
    case SocketKind::kVrrp4:
    case SocketKind::kVrrp6:
      if (tag.index >= grants.interfaces.size()) return {};
      return base::concat(tag.kind == SocketKind::kVrrp4 ? "vrrp4 " : "vrrp6 ",
                          grants.interfaces[tag.index]);
  }
  return {};
}

handover::Duty duty_of(const GroupGrant& group, const Grants& grants) {
  handover::Duty duty{.group = group.name,
                      .router_id = group.router_id,
                      .interface = grants.interfaces[group.interface]};
  for (const VipGrant& vip : group.addresses) {
    duty.addresses.push_back(
        base::concat(vip.prefix.to_string(), " ", grants.interfaces[vip.interface]));
  }
  return duty;
}

base::Result<std::size_t> group_for(const handover::Duty& duty, const Grants& grants) {
  const auto found = std::ranges::find(grants.groups, duty.group, &GroupGrant::name);
  if (found != grants.groups.end()) {
    const handover::Duty ours = duty_of(*found, grants);
    if (ours.router_id == duty.router_id && ours.interface == duty.interface &&
        ours.addresses == duty.addresses) {
      return static_cast<std::size_t>(found - grants.groups.begin());
    }
  }
  return base::fail(base::concat("the configuration has another VIP ", duty.group,
                                 " than the one that runs: an upgrade changes the program only; "
                                 "reload or restart for the configuration first"));
}

}  // namespace hapair::guardian
