#include "apps/hapair/web/pair_json.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "apps/hapair/control/explain.hpp"
#include "apps/hapair/web/json_text.hpp"
#include "common/base/text.hpp"

namespace hapair::web {
namespace {

using Json = nlohmann::ordered_json;
using Milliseconds = std::chrono::milliseconds;

constexpr std::size_t kShownEvents = 60;
constexpr std::size_t kShortHash = 12;

std::int64_t in_ms(base::WallTime time) {
  return std::chrono::floor<Milliseconds>(time.time_since_epoch()).count();
}
std::int64_t whole_ms(base::Duration time) {
  return std::chrono::floor<Milliseconds>(time).count();
}

/// As it may stand in HTML.
std::string text_of(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos;) {
    text.replace(at, 1, "\\u003c");
  }
  return text;
}

Json node_json(const control::Status& status) {
  return {{"name", status.node},
          {"cluster", status.cluster},
          {"version", status.version},
          {"config", status.config_hash.substr(0, kShortHash)},
          {"uptime", base::to_seconds(status.uptime)},
          {"hello", status.hello.on},
          {"lag_p99_us", status.loop_lag.p99.count() / 1000},
          {"lag_max_us", status.loop_lag.max.count() / 1000}};
}

Json peer_json(const control::Status& status, const control::NodeStatus& peer) {
  return {{"name", peer.name},
          {"address", peer.address},
          {"present", peer.present},
          {"heard", peer.heard},
          {"silent_ms", whole_ms(peer.silent_for)},
          {"version", peer.version},
          {"same_version", !peer.heard || peer.version == status.version},
          {"same_config", !peer.heard || peer.config_hash == status.config_hash}};
}

/// An operator's word, and whose; empty: there is none.
std::string maintenance_of(const control::VipStatus& vip) {
  const auto found = std::ranges::find(vip.tracks, "maintenance", &control::TrackStatus::name);
  return found == vip.tracks.end() || found->met ? std::string() : found->detail;
}

Json vip_json(const control::Status& status, const control::VipStatus& vip) {
  const Holder holder = holder_of(status, vip);
  Json others = Json::array();
  for (const control::NodeStatus& node : status.nodes) {
    const auto seen = std::ranges::find(node.vips, vip.name, &control::NodeVipStatus::name);
    if (seen == node.vips.end()) continue;
    others.push_back({{"node", node.name},
                      {"role", seen->role},
                      {"verdict", seen->verdict},
                      {"priority", seen->priority},
                      {"present", node.present},
                      {"could", seen->would_take_over}});
  }
  return {{"name", vip.name},
          {"role", vip.role},
          {"verdict", vip.verdict},
          {"reason", vip.reason},
          {"since", in_ms(vip.since)},
          {"addresses", vip.addresses},
          {"interface", vip.interface},
          {"router_id", vip.router_id},
          {"priority", vip.effective_priority},
          {"sync_group", vip.sync_group},
          {"maintenance", maintenance_of(vip)},
          {"holder", {{"node", holder.node}, {"address", holder.address}, {"self", holder.self}}},
          {"others", std::move(others)},
          {"why", control::explain(status, vip)}};
}

Json event_json(const base::JournalEvent& event) {
  return {{"number", event.number},   {"time", in_ms(event.wall)}, {"id", event.id},
          {"subject", event.subject}, {"from", event.from},        {"to", event.to},
          {"cause", event.cause}};
}

}  // namespace

Holder holder_of(const control::Status& status, const control::VipStatus& vip) {
  if (vip.role == "master") return {status.node, vip.master_address, true};
  for (const control::NodeStatus& node : status.nodes) {
    const auto seen = std::ranges::find(node.vips, vip.name, &control::NodeVipStatus::name);
    if (node.present && seen != node.vips.end() && seen->role == "master") {
      return {node.name, node.address, false};
    }
  }
  for (const control::NodeStatus& node : status.nodes) {
    if (!vip.master_address.empty() && node.address == vip.master_address) {
      return {node.name, node.address, false};
    }
  }
  return {{}, vip.master_address, false};
}

void append_pair(std::string& out, const control::Status& status,
                 const control::Readiness& readiness) {
  append_raw_member(out, "node", text_of(node_json(status)));
  Json peers = Json::array();
  for (const control::NodeStatus& peer : status.nodes) peers.push_back(peer_json(status, peer));
  append_raw_member(out, "peers", text_of(peers));
  Json vips = Json::array();
  for (const control::VipStatus& vip : status.vips) vips.push_back(vip_json(status, vip));
  append_raw_member(out, "vips", text_of(vips));
  append_raw_member(out, "ready", text_of(control::readiness_json(readiness)));
}

void append_events(std::string& out, const base::Journal& journal, std::uint64_t after) {
  const auto& events = journal.events();
  auto first = events.end();
  while (first != events.begin() && events.end() - first < std::ptrdiff_t{kShownEvents} &&
         std::prev(first)->number > after) {
    --first;
  }
  Json list = Json::array();
  for (; first != events.end(); ++first) list.push_back(event_json(*first));
  append_raw_member(out, "events", text_of(list));
}

}  // namespace hapair::web
