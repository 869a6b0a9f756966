#include "apps/hapair/control/drill_json.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "apps/hapair/control/json_write.hpp"
#include "common/base/time.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

Json ms_or_null(const std::optional<base::Duration>& time) {
  return time ? Json(in_ms(*time)) : Json(nullptr);
}

Json leg_json(const vrrp::DrillLeg& leg) {
  return {{"gap_ms", ms_or_null(leg.gap)},
          {"addresses_ms", ms_or_null(leg.addresses)},
          {"neighbour_ms", ms_or_null(leg.neighbour)}};
}

Json tally_json(const std::string& node, const vrrp::DrillTally& tally) {
  return {{"name", node},
          {"requests", tally.requests},
          {"failed", tally.failed},
          {"reset", tally.reset}};
}

}  // namespace

std::string render_drill(const DrillView& view) {
  const vrrp::Drill& drill = view.drill;
  const vrrp::DrillResult& result = drill.result();
  Json json = {{"node", view.node}, {"stage", vrrp::to_string(drill.stage())}};
  if (drill.stage() == vrrp::DrillStage::kNone) return text_of(json);
  Json vips = Json::array();
  for (const vrrp::DrillVip& vip : result.vips) {
    vips.push_back({{"name", vip.name}, {"out", leg_json(vip.out)}, {"back", leg_json(vip.back)}});
  }
  json["number"] = result.number;
  json["began"] = base::format_wall_time(view.began);
  json["peer"] = result.peer;
  json["vips"] = std::move(vips);
  json["nodes"] = {tally_json(result.node, result.here), tally_json(result.peer, result.there)};
  json["faults"] = result.faults;
  json["remarks"] = result.remarks;
  json["right"] = drill.stage() == vrrp::DrillStage::kEnded && result.faults.empty();
  return text_of(json);
}

}  // namespace hapair::control
