// The servers of backends.
#include <nlohmann/json.hpp>
#include <string_view>

#include "apps/hapair/control/handlers.hpp"
#include "apps/hapair/control/json_write.hpp"
#include "apps/hapair/control/order_body.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;

constexpr std::string_view kOrderRemedy =
    R"(send {"state": ...} with "ready", "drain", "maintenance", "force-up" or "force-down")";

base::Result<check::Order> parse_order(std::string_view body) {
  const auto state = parse_word(body, "state");
  if (!state) return std::unexpected(state.error());
  if (const auto order = check::parse_order(*state)) return *order;
  return base::fail(concat("'", base::printable(*state, 40), "' is no state"));
}

}  // namespace

ControlAnswer set_server_state(const Call& call) {
  const auto order = parse_order(call.body());
  if (!order) return bad_body(order.error(), kOrderRemedy);
  const std::string_view backend = call.parameters[0];
  const std::string_view server = call.parameters[1];
  const auto done = call.actions.set_server_state(backend, server, *order, call.who());
  if (!done) {
    return error_answer(404, "unknown_server", done.error().message,
                        "see 'backends' in /v1/status for the names");
  }
  return {200,
          text_of({{"backend", backend}, {"server", server}, {"state", check::to_string(*order)}}),
          {}};
}

}  // namespace hapair::control
