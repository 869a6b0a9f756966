// Cross checks of the routes and rules that move with VIPs; see validate.hpp.
#include <algorithm>
#include <map>
#include <tuple>

#include "apps/hapair/config/cross_check.hpp"
#include "apps/hapair/config/validate.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

constexpr std::uint32_t kLocalTable = 255;

std::string_view family_name(base::Family family) {
  return family == base::Family::kIpv4 ? "IPv4" : "IPv6";
}

void check_table(const CrossCheck& check, const std::string& path, std::uint32_t table) {
  if (table != kLocalTable) return;
  check.fault(path + ".table",
              "255 is the kernel's own table, of this host's addresses; use 254, the main table, "
              "or another");
}

void check_same_family(const CrossCheck& check, const std::string& path,
                       const std::optional<base::IpAddress>& address, base::Family family) {
  if (!address || address->family() == family) return;
  check.fault(path, concat(address->to_string(), " is no ", family_name(family),
                           " address, but the route is of that family; give one that is"));
}

bool has_address(const VipDraft& vip, const base::IpAddress& address) {
  return std::ranges::any_of(
      vip.addresses, [&](const VipAddressDraft& each) { return address_of(each) == address; });
}

void check_hops(const CrossCheck& check, const VipDraft& vip, const VipRouteDraft& route) {
  if (route.as.via) {
    const NodeDraft* node = check.addresses.node(*route.as.via);
    const VipDraft* owner = check.addresses.vip(*route.as.via);
    if (node != nullptr || owner != nullptr) {
      check.fault(route.path + ".via", concat(route.as.via->to_string(), " is an address of ",
                                              node != nullptr ? node->name : owner->vip.name,
                                              "; a gateway is another host"));
    }
  }
  if (route.as.source && !has_address(vip, *route.as.source)) {
    check.fault(route.path + ".source",
                concat(route.as.source->to_string(), " is no address of ", vip.vip.name,
                       "; use one of its addresses, or leave the key out for the node's own"));
  }
}

/// The kernel keeps one route for each destination, table and metric, and on a node that has all
/// VIPs all routes must find room.
using Place = std::tuple<base::Prefix, std::uint32_t, std::uint32_t>;

void check_route(const CrossCheck& check, const VipDraft& vip, const VipRouteDraft& route,
                 std::map<Place, std::string>& taken) {
  check_network(check, route.path + ".network", route.as.network);
  check_table(check, route.path, route.as.table);
  check_hops(check, vip, route);
  const auto to = destination_of(route);
  if (!to) {
    if (route.to.empty()) return;
    check.fault(route.path + ".to",
                "\"default\" alone does not tell the family; write \"0.0.0.0/0\" or \"::/0\", or "
                "give a \"via\"");
    return;
  }
  const base::Family family = to->address.family();
  check_same_family(check, route.path + ".via", route.as.via, family);
  check_same_family(check, route.path + ".source", route.as.source, family);
  const auto [other, fresh] =
      taken.emplace(Place{*to, route.as.table, metric_of(route, family)}, route.path);
  if (fresh) return;
  check.fault(route.path, concat("leads to the same destination as ", other->second,
                                 ", in the same table and with the same metric; remove one, or "
                                 "give it another \"metric\""));
}

using RulePlace = std::tuple<std::string, std::string, std::uint32_t, std::uint32_t>;

void check_rule(const CrossCheck& check, const VipRuleDraft& rule,
                std::map<RulePlace, std::string>& taken) {
  check_table(check, rule.path, rule.as.table);
  if (!rule.from && !rule.to) {
    if (check.faults.names(rule.path + ".from") || check.faults.names(rule.path + ".to")) return;
    check.fault(rule.path, "has neither from nor to, so it would hold for everything; give one");
    return;
  }
  const auto text = [](const std::optional<std::string>& prefix) {
    return prefix ? base::Prefix::parse(*prefix).value().to_string() : std::string();
  };
  if (rule.from && rule.to) {
    const auto from = base::Prefix::parse(*rule.from).value();
    const auto to = base::Prefix::parse(*rule.to).value();
    if (from.address.family() != to.address.family()) {
      check.fault(rule.path + ".to",
                  concat(to.to_string(), " is not of the family of ", from.to_string(),
                         "; a rule is of one family: write two"));
    }
  }
  const auto [other, fresh] = taken.emplace(
      RulePlace{text(rule.from), text(rule.to), rule.as.table, rule.as.priority}, rule.path);
  if (fresh) return;
  check.fault(rule.path, concat("is the same as ", other->second, "; remove one of the two"));
}

}  // namespace

void check_routes(const CrossCheck& check) {
  std::map<Place, std::string> routes;
  std::map<RulePlace, std::string> rules;
  std::size_t count = 0;
  for (const VipDraft& vip : check.draft.vips) {
    for (const VipRouteDraft& route : vip.routes) check_route(check, vip, route, routes);
    for (const VipRuleDraft& rule : vip.rules) check_rule(check, rule, rules);
    count += vip.routes.size() + vip.rules.size();
  }
  if (count > kMaxVipRoutes) {
    check.fault("vips", concat("the VIPs have ", count, " routes and rules together; the limit is ",
                               kMaxVipRoutes));
  }
}

}  // namespace hapair::config
