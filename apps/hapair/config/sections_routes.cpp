#include "apps/hapair/config/sections_routes.hpp"

#include "apps/hapair/config/rules.hpp"

namespace hapair::config {
namespace {

constexpr CountRule kUpTo64{0, 64};
constexpr std::int64_t kMaxUnsigned = 0xffff'ffff;
constexpr NumberRule kTable{1, kMaxUnsigned, " (254 is the main table)"};
constexpr NumberRule kMetric{0, kMaxUnsigned, ""};
constexpr NumberRule kRulePriority{1, 32765, " (the main table is looked up at 32766)"};

void describe_route(Shape& shape, VipRouteDraft& route) {
  shape.text({"to", "Where it leads: a network, an address, or \"default\".", kMandatory},
             rules::kRouteTo, route.to);
  shape.parsed({"via", "The gateway; without, the destination is on the link."}, rules::kGateway,
               route.as.via);
  shape.text({"network", "The network that it leaves by; the VIP's by default."}, rules::kName,
             route.as.network);
  shape.parsed({"source",
                "The VIP's address that the node's own connections take on this route; by default "
                "they take the node's own."},
               rules::kGateway, route.as.source);
  shape.number({"table", "The routing table that it stands in."}, kTable, route.as.table);
  shape.number({"metric",
                "Of several routes to one destination the lowest counts. IPv4: 0, IPv6: 1024 by "
                "default."},
               kMetric, route.metric);
}

void describe_rule(Shape& shape, VipRuleDraft& rule) {
  shape.text({"from", "The source that it holds for: a network or an address."},
             rules::kNetworkPrefix, rule.from);
  shape.text({"to", "The destination that it holds for: a network or an address."},
             rules::kNetworkPrefix, rule.to);
  shape.number({"table", "The routing table to look in.", kMandatory}, kTable, rule.as.table);
  shape.number({"priority", "The place among the rules; the lowest is asked first.", kMandatory},
               kRulePriority, rule.as.priority);
}

}  // namespace

void describe_routes(Shape& shape, VipDraft& vip) {
  shape.list({"routes", "Routes that are on the node while it has the VIP."}, kUpTo64,
             [&](Shape& route) {
               vip.routes.push_back({});
               vip.routes.back().path = route.path();
               describe_route(route, vip.routes.back());
             });
  shape.list({"rules", "Routing rules that are on the node while it has the VIP."}, kUpTo64,
             [&](Shape& rule) {
               vip.rules.push_back({});
               vip.rules.back().path = rule.path();
               describe_rule(rule, vip.rules.back());
             });
}

}  // namespace hapair::config
