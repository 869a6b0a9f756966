// Who is master of VIPs. Orders are about one VIP, or about all where the path names none.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "apps/hapair/control/documents.hpp"
#include "apps/hapair/control/handlers.hpp"
#include "apps/hapair/control/json_write.hpp"
#include "apps/hapair/control/order_body.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;

constexpr std::string_view kMaintenanceRemedy =
    R"(send {"maintenance": "on"} or {"maintenance": "off"})";
constexpr std::string_view kStepDownRemedy =
    R"(send {"step_down": "drain"} or {"step_down": "now"})";
constexpr std::string_view kDrillRemedy = R"(send {"drill": "begin"})";

ControlAnswer not_master(std::string_view vip, std::string_view what_to_do) {
  return error_answer(
      409, "not_master",
      vip.empty() ? "this node is master of no VIP" : concat("this node is not master of ", vip),
      concat("see GET /v1/status for who is; ", what_to_do));
}

}  // namespace

ControlAnswer show_vips(const Call& call) { return {200, render_vips(call.status.outline()), {}}; }

ControlAnswer announce_vip(const Call& call) {
  const std::string_view vip = call.parameters[0];
  const auto empty = parse_nothing(call.body(), "announce");
  if (!empty) return bad_body(empty.error(), "send {}");
  const auto done = call.actions.announce(vip, call.who());
  if (!done) return refusal(done.error());
  return {200, text_of({{"vip", vip}, {"change", "announced"}}), {}};
}

ControlAnswer set_maintenance(const Call& call) {
  const std::string_view vip = call.parameters[0];
  const auto on = parse_choice(call.body(), "maintenance", "on", "off");
  if (!on) return bad_body(on.error(), kMaintenanceRemedy);
  const auto done = call.actions.set_maintenance(vip, *on, call.who());
  if (!done) return unknown_vip(vip);
  return {200, text_of({{"vip", text_or_null(vip)}, {"maintenance", *on ? "on" : "off"}}), {}};
}

ControlAnswer step_down(const Call& call) {
  const std::string_view vip = call.parameters[0];
  const auto drain = parse_choice(call.body(), "step_down", "drain", "now");
  if (!drain) return bad_body(drain.error(), kStepDownRemedy);
  const StepDown done = call.actions.step_down(vip, *drain, call.who());
  switch (done.outcome) {
    case StepDown::Outcome::kUnknownVip:
      return unknown_vip(vip);
    case StepDown::Outcome::kNotMaster:
      return not_master(vip, "step down there");
    case StepDown::Outcome::kNoPeer:
      return error_answer(409, "no_peer",
                          concat("no peer says that it could take over ", done.vips.front()),
                          "see `hapair status` for the peer; to give the VIP up all the same, use "
                          "`hapair maintenance on`");
    case StepDown::Outcome::kDone:
      break;
  }
  return {
      200, text_of({{"vips", done.vips}, {"within_seconds", base::to_seconds(done.within)}}), {}};
}

ControlAnswer show_drill(const Call& call) { return {200, call.status.drill(), {}}; }

ControlAnswer begin_drill(const Call& call) {
  const std::string_view vip = call.parameters[0];
  const auto word = parse_word(call.body(), "drill");
  if (!word) return bad_body(word.error(), kDrillRemedy);
  if (*word != "begin") {
    return error_answer(400, "bad_body", concat("'", base::printable(*word, 40), "' is not begin"),
                        kDrillRemedy);
  }
  const DrillStart done = call.actions.drill(vip, call.who());
  switch (done.outcome) {
    case DrillStart::Outcome::kUnknownVip:
      return unknown_vip(vip);
    case DrillStart::Outcome::kNotMaster:
      return not_master(vip, "drill there");
    case DrillStart::Outcome::kRefused:
      return error_answer(409, "drill_refused",
                          concat("no drill now: ", base::join(done.reasons, "; ")),
                          "nothing has been moved; mend this and begin anew");
    case DrillStart::Outcome::kBegun:
      break;
  }
  return {200, text_of({{"number", done.number}, {"peer", done.peer}, {"vips", done.vips}}), {}};
}

}  // namespace hapair::control
