// The metrics of VIPs: roles, adverts, and how long takeovers take.
#include "apps/hapair/control/metric_families.hpp"

namespace hapair::control {
namespace {

using enum MetricsText::Type;
using Vips = std::vector<VipStatus>;

void add_vip_counts(MetricFamilies& out, const Vips& vips) {
  add_each(out, "vrrp_transitions_total", kCounter, "Changes of state, by kind.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             for (const TransitionCount& each : vip.figures.transitions) {
               text.sample({{"vip", vip.name}, {"from", each.from}, {"to", each.to}}, each.count);
             }
           });
  add_each(out, "vrrp_adverts_sent_total", kCounter, "Adverts sent.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             text.sample({{"vip", vip.name}}, vip.figures.adverts_sent);
           });
  add_each(out, "vrrp_adverts_received_total", kCounter, "Adverts heard and heeded.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             text.sample({{"vip", vip.name}}, vip.figures.adverts_heard);
           });
  add_each(out, "vrrp_farewells_sent_total", kCounter, "Adverts sent with priority 0.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             text.sample({{"vip", vip.name}}, vip.figures.farewells_sent);
           });
  add_each(out, "vrrp_farewells_received_total", kCounter, "Adverts heard with priority 0.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             text.sample({{"vip", vip.name}}, vip.figures.farewells_heard);
           });
}

/// A summary whose one quantile is the longest.
void write_summary(MetricsText& text, const VipStatus& vip, const base::DurationSummary& summary) {
  if (summary.count > 0) text.sample({{"vip", vip.name}, {"quantile", "1"}}, summary.max);
  text.sum({{"vip", vip.name}}, summary.sum);
  text.count({{"vip", vip.name}}, summary.count);
}

void add_takeovers(MetricFamilies& out, const Vips& vips) {
  add_each(out, "vrrp_takeover_silence_seconds", kSummary,
           "On becoming master: since the last advert of another router.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             write_summary(text, vip, vip.figures.silence);
           });
  add_each(out, "vrrp_takeover_placing_seconds", kSummary,
           "On becoming master: from the order until all addresses are on the host.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             write_summary(text, vip, vip.figures.placing);
           });
}

}  // namespace

void add_vip_metrics(MetricFamilies& out, const Status& status) {
  static constexpr std::string_view kRoles[] = {"initialize", "backup", "master", "fault"};
  const auto& vips = status.vips;
  add_each(out, "vrrp_state", kGauge, "1 for the state that this node is in.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             for (const std::string_view role : kRoles) {
               text.flag({{"vip", vip.name}, {"state", role}}, vip.role == role);
             }
           });
  add_each(out, "vrrp_became_master_total", kCounter, "Times that this node became master.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             text.sample({{"vip", vip.name}}, vip.times_master);
           });
  add_each(out, "vrrp_priority", kGauge, "Of this node, less what is tracked and unmet.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             text.sample({{"vip", vip.name}}, std::uint64_t{vip.effective_priority});
           });
  add_each(out, "vrrp_advert_interval_seconds", kGauge, "Between adverts.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             text.sample({{"vip", vip.name}}, vip.advert_interval);
           });
  add_each(out, "vrrp_peer_adverts_total", kCounter, "Adverts heard of another router.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             for (const PeerStatus& peer : vip.peers) {
               text.sample({{"vip", vip.name}, {"peer", peer.address.to_string()}}, peer.adverts);
             }
           });
  add_each(out, "vrrp_dropped_packets_total", kCounter, "Packets that were dropped, by reason.",
           vips, [](MetricsText& text, const VipStatus& vip) {
             for (const NamedCount& each : vip.dropped) {
               text.sample({{"vip", vip.name}, {"reason", each.name}}, each.count);
             }
           });
  add_each(out, "vrrp_alarms_total", kCounter, "Alarms about other routers, by kind.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             for (const NamedCount& each : vip.alarms) {
               text.sample({{"vip", vip.name}, {"kind", each.name}}, each.count);
             }
           });
  add_each(out, "node_present", kGauge, "Whether another node's hellos are heard.", status.nodes,
           [](MetricsText& text, const NodeStatus& node) {
             text.flag({{"node", node.name}}, node.present);
           });
  add_vip_counts(out, vips);
  add_takeovers(out, vips);
}

}  // namespace hapair::control
