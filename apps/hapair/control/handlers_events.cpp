// Why this node is what it is, and what was decided before.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/control/explain.hpp"
#include "apps/hapair/control/handlers.hpp"
#include "apps/hapair/control/status_json.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;

/// Of one VIP, or of all where none is named.
ControlAnswer sentences(const Call& call,
                        std::vector<std::string> (*tell)(const Status&, const VipStatus&)) {
  const std::string_view vip = call.parameters[0];
  const Status status = call.status.outline();
  if (!vip.empty() && std::ranges::find(status.vips, vip, &VipStatus::name) == status.vips.end()) {
    return unknown_vip(vip);
  }
  return {200, render_sentences(status, vip, tell), {}};
}

/// The number of an event; nothing stands for 0.
std::optional<std::uint64_t> event_number(std::string_view after) {
  return after.empty() ? std::optional<std::uint64_t>(0) : base::parse_unsigned(after);
}

ControlAnswer bad_number(std::string_view after, std::string_view path) {
  return error_answer(400, "bad_number",
                      concat("'", base::printable(after, 40), "' is no number of an event"),
                      concat("use ", path, " or ", path, "/NUMBER"));
}

}  // namespace

ControlAnswer explain_vips(const Call& call) { return sentences(call, &explain); }

ControlAnswer why_not_vips(const Call& call) { return sentences(call, &why_not); }

ControlAnswer show_events(const Call& call) {
  const auto number = event_number(call.parameters[0]);
  if (!number) return bad_number(call.parameters[0], "/v1/events");
  return {200, render_events(call.status.journal(), *number), {}};
}

ControlAnswer follow_events(const Call& call) {
  const auto number = event_number(call.parameters[0]);
  if (!number) return bad_number(call.parameters[0], "/v1/events/follow");
  return {.follow = number};
}

}  // namespace hapair::control
