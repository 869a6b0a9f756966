#include "apps/hapair/guardian/grants_routing.hpp"

#include "apps/hapair/guardian/wire.hpp"

namespace hapair::guardian {
namespace {

using base::ByteReader;
using base::ByteWriter;

template <class T, class Put>
void put_optional(ByteWriter& out, const std::optional<T>& value, const Put& put) {
  out.u8(value ? 1 : 0);
  if (value) put(out, *value);
}

/// False: malformed.
template <class T, class Take>
bool take_optional(ByteReader& in, std::optional<T>& into, const Take& take) {
  const auto there = take_flag(in);
  if (!there) return false;
  if (!*there) return true;
  into = take(in);
  return into.has_value();
}

bool is_of(const std::optional<base::IpAddress>& address, base::Family family) {
  return !address || address->family() == family;
}

std::optional<RouteGrant> take_route(ByteReader& in, std::size_t interfaces) {
  RouteGrant grant;
  const auto to = take_prefix(in);
  if (!to || !take_optional(in, grant.route.via, take_address) ||
      !take_optional(in, grant.route.source, take_address)) {
    return std::nullopt;
  }
  grant.route.to = *to;
  grant.route.table = in.u32();
  grant.route.metric = in.u32();
  grant.interface = in.u16();
  const base::Family family = to->address.family();
  if (!is_of(grant.route.via, family) || !is_of(grant.route.source, family)) return std::nullopt;
  if (grant.route.table == 0 || grant.interface >= interfaces) return std::nullopt;
  return grant;
}

std::optional<vrrp::Rule> take_rule(ByteReader& in) {
  vrrp::Rule rule;
  if (!take_optional(in, rule.from, take_prefix) || !take_optional(in, rule.to, take_prefix)) {
    return std::nullopt;
  }
  rule.table = in.u32();
  rule.priority = in.u32();
  if (!rule.from && !rule.to) return std::nullopt;
  if (rule.from && rule.to && rule.from->address.family() != rule.to->address.family()) {
    return std::nullopt;
  }
  if (rule.table == 0 || rule.priority == 0) return std::nullopt;
  return rule;
}

}  // namespace

void put_routing(ByteWriter& out, const GroupGrant& group) {
  out.u16(static_cast<std::uint16_t>(group.routes.size()));
  for (const auto& [route, interface] : group.routes) {
    put_prefix(out, route.to);
    put_optional(out, route.via, put_address);
    put_optional(out, route.source, put_address);
    out.u32(route.table).u32(route.metric).u16(static_cast<std::uint16_t>(interface));
  }
  out.u16(static_cast<std::uint16_t>(group.rules.size()));
  for (const vrrp::Rule& rule : group.rules) {
    put_optional(out, rule.from, put_prefix);
    put_optional(out, rule.to, put_prefix);
    out.u32(rule.table).u32(rule.priority);
  }
}

base::Result<void> take_routing(ByteReader& in, std::size_t interfaces, GroupGrant& group) {
  const std::size_t routes = in.u16();
  if (routes > kMaxGroupRoutes) return malformed_grants("more than 64 routes in a VIP group");
  for (std::size_t i = 0; i < routes; ++i) {
    const auto route = take_route(in, interfaces);
    if (!route) return malformed_grants("a route is impossible");
    group.routes.push_back(*route);
  }
  const std::size_t rules = in.u16();
  if (rules > kMaxGroupRoutes) return malformed_grants("more than 64 rules in a VIP group");
  for (std::size_t i = 0; i < rules; ++i) {
    const auto rule = take_rule(in);
    if (!rule) return malformed_grants("a rule is impossible");
    group.rules.push_back(*rule);
  }
  return {};
}

}  // namespace hapair::guardian
