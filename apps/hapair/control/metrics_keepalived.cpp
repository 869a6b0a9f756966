// The metrics by the names of the usual exporter for keepalived: VIPs are its VRRP instances.
#include <algorithm>
#include <array>
#include <span>

#include "apps/hapair/control/metric_families.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using enum MetricsText::Type;

/// keepalived's numbers.
std::uint64_t state_number(std::string_view role) {
  if (role == "backup") return 1;
  if (role == "master") return 2;
  return role == "fault" ? 3 : 0;
}

struct VipCounter {
  std::string_view name;
  std::string_view help;
  std::uint64_t VipFigures::* number;
};
constexpr VipCounter kVipCounters[] = {
    {"keepalived_advertisements_received_total", "Adverts heard.", &VipFigures::adverts_heard},
    {"keepalived_advertisements_sent_total", "Adverts sent.", &VipFigures::adverts_sent},
    {"keepalived_priority_zero_received_total", "Adverts heard with priority 0.",
     &VipFigures::farewells_heard},
    {"keepalived_priority_zero_sent_total", "Adverts sent with priority 0.",
     &VipFigures::farewells_sent},
};

/// By the reasons for which packets are dropped here.
struct PacketErrors {
  std::string_view name;
  std::string_view help;
  std::array<std::string_view, 4> reasons;
};
constexpr PacketErrors kPacketErrors[] = {
    {"keepalived_packet_length_errors_total",
     "Packets of a wrong length.",
     {"too-short", "length"}},
    {"keepalived_advertisements_interval_errors_total",
     "Adverts with another interval than ours.",
     {"interval-mismatch"}},
    {"keepalived_ip_ttl_errors_total", "Packets that a router has forwarded.", {"ttl"}},
    {"keepalived_invalid_type_received_total", "Packets that are no adverts.", {"type"}},
    {"keepalived_address_list_errors_total", "Adverts without an address.", {"no-addresses"}},
    {"keepalived_authentication_mismatch_total",
     "Adverts with another kind of authentication.",
     {"auth-type", "unsigned"}},
    {"keepalived_authentication_failure_total",
     "Adverts with a wrong password or signature.",
     {"auth-key", "bad-signature", "replay"}},
};

std::uint64_t dropped_for(const VipStatus& vip, std::span<const std::string_view> reasons) {
  std::uint64_t sum = 0;
  for (const NamedCount& each : vip.dropped) {
    if (std::ranges::find(reasons, each.name) != reasons.end()) sum += each.count;
  }
  return sum;
}

void vip_sample(MetricsText& text, const VipStatus& vip, std::uint64_t value) {
  text.sample({{"iname", vip.name}, {"intf", vip.interface}, {"vrid", base::concat(vip.router_id)}},
              value);
}

/// Transitions to a role, or from it.
std::uint64_t transitions_at(const VipStatus& vip, std::string TransitionCount::* end,
                             std::string_view role) {
  std::uint64_t sum = 0;
  for (const TransitionCount& each : vip.figures.transitions) {
    if (each.*end == role) sum += each.count;
  }
  return sum;
}

}  // namespace

void add_keepalived_metrics(MetricFamilies& out, const Status& status) {
  const auto& vips = status.vips;
  add_family(out, "keepalived_up", kGauge, "1: the node runs.",
             [](MetricsText& text) { text.flag({}, true); });
  add_each(out, "keepalived_vrrp_state", kGauge, "0 init, 1 backup, 2 master, 3 fault.", vips,
           [](MetricsText& text, const VipStatus& vip) {
             for (const std::string& address : vip.addresses) {
               text.sample({{"iname", vip.name},
                            {"intf", vip.interface},
                            {"vrid", base::concat(vip.router_id)},
                            {"ip_address", address}},
                           state_number(vip.role));
             }
           });
  add_each(
      out, "keepalived_become_master_total", kCounter, "Times that it became master.", vips,
      [](MetricsText& text, const VipStatus& vip) { vip_sample(text, vip, vip.times_master); });
  add_each(out, "keepalived_release_master_total", kCounter, "Times that it ceased to be master.",
           vips, [](MetricsText& text, const VipStatus& vip) {
             vip_sample(text, vip, transitions_at(vip, &TransitionCount::from, "master"));
           });
  for (const VipCounter& counter : kVipCounters) {
    add_each(out, counter.name, kCounter, counter.help, vips,
             [number = counter.number](MetricsText& text, const VipStatus& vip) {
               vip_sample(text, vip, vip.figures.*number);
             });
  }
  for (const PacketErrors& errors : kPacketErrors) {
    add_each(out, errors.name, kCounter, errors.help, vips,
             [&errors](MetricsText& text, const VipStatus& vip) {
               vip_sample(text, vip, dropped_for(vip, errors.reasons));
             });
  }
}

}  // namespace hapair::control
