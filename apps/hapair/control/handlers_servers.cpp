// The servers of backends, and what was changed of them at run time.
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "apps/hapair/control/documents.hpp"
#include "apps/hapair/control/handlers.hpp"
#include "apps/hapair/control/json_write.hpp"
#include "apps/hapair/control/order_body.hpp"
#include "apps/hapair/control/server_request.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;

constexpr std::string_view kOrderRemedy =
    R"(send {"state": ...} with "ready", "drain", "maintenance", "force-up" or "force-down")";
constexpr std::string_view kWeightRemedy =
    R"(send {"weight": 30}, from 0 to 256, or {"weight": "50%"} of what the file says)";
constexpr std::string_view kServerRemedy =
    R"(send {"address": "192.0.2.1:80"}, and if you like "weight", from 0 to 256)";
constexpr std::string_view kNamesRemedy = "see GET /v1/servers for the names";

base::Result<check::Order> parse_order(std::string_view body) {
  const auto state = parse_word(body, "state");
  if (!state) return std::unexpected(state.error());
  if (const auto order = check::parse_order(*state)) return *order;
  return base::fail(concat("'", base::printable(*state, 40), "' is no state"));
}

ControlAnswer unknown_server(std::string_view message) {
  return error_answer(404, "unknown_server", message, kNamesRemedy);
}

}  // namespace

ControlAnswer show_servers(const Call& call) {
  const std::string_view backend = call.parameters[0];
  Status status = call.status.status();
  if (!backend.empty() && !has_backend(status, backend)) {
    return error_answer(404, "unknown_backend",
                        concat("there is no backend '", base::printable(backend, 64), "'"),
                        "see GET /v1/backends for the names");
  }
  return in_pieces(std::make_unique<ServersDocument>(std::move(status), backend));
}

ControlAnswer show_server(const Call& call) {
  const std::string_view backend = call.parameters[0];
  const std::string_view server = call.parameters[1];
  std::string document = render_server(call.status.status(), backend, server);
  if (!document.empty()) return {200, std::move(document), {}};
  return unknown_server(no_server(backend, server));
}

ControlAnswer show_drift(const Call& call) {
  return in_pieces(std::make_unique<DriftDocument>(call.status.outline()));
}

ControlAnswer set_server_state(const Call& call) {
  const auto order = parse_order(call.body());
  if (!order) return bad_body(order.error(), kOrderRemedy);
  const std::string_view backend = call.parameters[0];
  const std::string_view server = call.parameters[1];
  const auto done = call.actions.set_server_state(backend, server, *order, call.who());
  if (!done) return unknown_server(done.error().message);
  return {200,
          text_of({{"backend", backend}, {"server", server}, {"state", check::to_string(*order)}}),
          {}};
}

ControlAnswer set_server_weight(const Call& call) {
  const auto order = parse_weight_order(call.body());
  if (!order) return bad_body(order.error(), kWeightRemedy);
  const std::string_view backend = call.parameters[0];
  const std::string_view server = call.parameters[1];
  const auto weight = call.actions.set_server_weight(backend, server, *order, call.who());
  if (!weight) return refusal(weight.error());
  return {200, text_of({{"backend", backend}, {"server", server}, {"weight", *weight}}), {}};
}

ControlAnswer add_server(const Call& call) {
  const auto what = parse_new_server(call.body());
  if (!what) return bad_body(what.error(), kServerRemedy);
  const std::string_view backend = call.parameters[0];
  const std::string_view server = call.parameters[1];
  const auto done = call.actions.add_server(backend, server, *what, call.who());
  if (!done) return refusal(done.error());
  return {200, text_of({{"backend", backend}, {"server", server}, {"change", "added"}}), {}};
}

ControlAnswer remove_server(const Call& call) {
  const auto empty = parse_nothing(call.body(), "remove a server");
  if (!empty) return bad_body(empty.error(), "send {}, or nothing");
  const std::string_view backend = call.parameters[0];
  const std::string_view server = call.parameters[1];
  const auto done = call.actions.remove_server(backend, server, call.who());
  if (!done) return refusal(done.error());
  return {200, text_of({{"backend", backend}, {"server", server}, {"change", "removed"}}), {}};
}

}  // namespace hapair::control
