// What runs, and by which configuration.
#include <nlohmann/json.hpp>
#include <string_view>

#include "apps/hapair/control/handlers.hpp"
#include "apps/hapair/control/json_write.hpp"
#include "apps/hapair/control/log_request.hpp"
#include "apps/hapair/control/order_body.hpp"
#include "apps/hapair/control/reload_json.hpp"

namespace hapair::control {
namespace {

std::string_view phase_text(UpgradeState::Phase phase) {
  switch (phase) {
    case UpgradeState::Phase::kNone:
      return "none";
    case UpgradeState::Phase::kUnderWay:
      return "under way";
    case UpgradeState::Phase::kDone:
      return "done";
    case UpgradeState::Phase::kFailed:
      return "failed";
  }
  return {};
}

}  // namespace

ControlAnswer show_config(const Call& call) {
  return {200, call.status.config(call.request.who.uid == 0), {}};
}

ControlAnswer show_log(const Call& call) { return {200, call.status.log(), {}}; }

ControlAnswer change_log(const Call& call) {
  return order_log(call.body(), call.who(), call.status, call.actions);
}

ControlAnswer show_check(const Call& call) {
  return {200, render_check(call.status.outline()), {}};
}

ControlAnswer check_config(const Call& call) {
  const auto empty = parse_nothing(call.body(), "check");
  if (!empty) return bad_body(empty.error(), "send {}");
  const auto number = call.actions.check_config(call.who());
  if (!number) {
    return error_answer(
        409, "reload_running", number.error().message,
        "wait for it to end, as GET /v1/reload and GET /v1/config/check tell, and try again");
  }
  return {202, text_of({{"number", *number}}), {}};
}

ControlAnswer show_reload(const Call& call) { return {200, call.status.reload(), {}}; }

ControlAnswer reload(const Call& call) {
  const auto empty = parse_nothing(call.body(), "reload");
  if (!empty) return bad_body(empty.error(), "send {}");
  const auto number = call.actions.reload(call.who());
  if (!number) {
    return error_answer(409, "reload_running", number.error().message,
                        "wait for it to end, as GET /v1/reload tells, and try again");
  }
  return {202, text_of({{"number", *number}}), {}};
}

ControlAnswer show_upgrade(const Call& call) {
  const UpgradeState state = call.actions.upgrade_state();
  return {
      200, text_of({{"upgrade", phase_text(state.phase)}, {"why", text_or_null(state.why)}}), {}};
}

ControlAnswer upgrade(const Call& call) {
  call.actions.upgrade(call.who());
  return show_upgrade(call);
}

}  // namespace hapair::control
