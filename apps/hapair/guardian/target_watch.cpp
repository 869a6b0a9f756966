#include "apps/hapair/guardian/target_watch.hpp"

#include <utility>
#include <variant>

namespace hapair::guardian {

base::Result<TargetWatch> TargetWatch::open(const Grants& grants) {
  auto netlink = vrrp::Netlink::open();
  if (!netlink) return std::unexpected(netlink.error());
  auto gateways = Gateways::open(grants);
  if (!gateways) return std::unexpected(gateways.error());
  TargetWatch watch(grants, std::move(*netlink), std::move(*gateways));
  watch.read_links();
  return watch;
}

void TargetWatch::read_links() {
  if (!interfaces_.any()) return;
  const auto links = netlink_.links();
  const auto addresses = netlink_.addresses();
  if (links && addresses) interfaces_.reset(*links, *addresses);
}

void TargetWatch::on_event(const vrrp::NetlinkEvent& event, TargetSink& sink) {
  if (!interfaces_.any()) return;
  interfaces_.on_event(event);
  if (std::holds_alternative<vrrp::EventsLost>(event)) read_links();
  for (const TargetFound& found : interfaces_.take_changes()) sink.on_target_found(found);
  tell_gateways(sink);
}

void TargetWatch::tell_all(TargetSink& sink) {
  for (const TargetFound& found : interfaces_.all()) sink.on_target_found(found);
  gateways_.forget();
  tell_gateways(sink);
}

void TargetWatch::tell_gateways(TargetSink& sink) {
  for (const Gateways::News& news : gateways_.take_changes(interfaces_)) {
    if (news.socket) {
      sink.on_echo_socket({news.target}, news.socket.get());
    } else {
      sink.on_target_found(
          {.target = news.target, .run = 0, .outcome = TargetOutcome::kBad, .detail = news.fault});
    }
  }
}

bool TargetWatch::check(const CheckTarget& request, TargetSink& sink) {
  const auto found = gateways_.check(request, interfaces_);
  if (found) sink.on_target_found(*found);
  return found.has_value();
}

}  // namespace hapair::guardian
