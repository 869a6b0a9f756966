#include "apps/hapair/control/router.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/status_json.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;
using base::concat;

constexpr std::string_view kIndexPath = "/";
constexpr std::string_view kStatusPath = "/v1/status";
constexpr std::string_view kHealthPath = "/v1/health";
constexpr std::string_view kVersionPath = "/v1/version";
constexpr std::string_view kServerStatePath = "/v1/servers/{backend}/{server}/state";
constexpr std::string_view kOrderRemedy = R"(send {"state": "maintenance"} or {"state": "ready"})";

struct Endpoint {
  std::string_view method;
  std::string_view path;
  std::string_view description;
};

constexpr Endpoint kEndpoints[] = {
    {"GET", kIndexPath, "this list"},
    {"GET", kStatusPath, "the whole state of this node"},
    {"GET", kHealthPath, "every checked target with its state and the reason"},
    {"GET", kVersionPath, "which hapair answers"},
    {"POST", kServerStatePath,
     R"(takes a server out ({"state": "maintenance"}) or gives it back ({"state": "ready"}))"},
};

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string render_index() {
  Json endpoints = Json::array();
  for (const Endpoint& endpoint : kEndpoints) {
    endpoints.push_back({{"method", endpoint.method},
                         {"path", endpoint.path},
                         {"description", endpoint.description}});
  }
  return text_of({{"endpoints", std::move(endpoints)}});
}

ControlAnswer unknown_path(std::string_view path) {
  std::string known;
  for (const Endpoint& endpoint : kEndpoints) {
    known += concat(known.empty() ? "" : ", ", endpoint.path);
  }
  return error_answer(404, "unknown_path", concat("there is nothing at ", base::printable(path)),
                      "use one of " + known);
}

ControlAnswer wrong_method(std::string_view path, std::string_view allow) {
  ControlAnswer answer = error_answer(
      405, "wrong_method", concat(path, " does not take this method"), concat("use ", allow));
  answer.allow = allow;
  return answer;
}

/// "/v1/servers/web/node1/state" -> {"v1", "servers", "web", "node1", "state"}.
std::vector<std::string_view> parts_of(std::string_view path) {
  return base::split(path.substr(1), '/');
}

bool is_server_state_path(const std::vector<std::string_view>& parts) {
  return parts.size() == 5 && parts[0] == "v1" && parts[1] == "servers" && !parts[2].empty() &&
         !parts[3].empty() && parts[4] == "state";
}

/// The one object with the one key "state"; anything else is an error in words.
base::Result<ServerOrder> parse_order(std::string_view body) {
  int keys = 0;
  const auto count_keys = [&keys](int, Json::parse_event_t event, Json&) {
    if (event == Json::parse_event_t::key) ++keys;
    return true;
  };
  const Json json = Json::parse(body, count_keys, /*allow_exceptions=*/false);
  if (json.is_discarded()) return base::fail("the body is not JSON");
  // Counting the keys also catches one that is given twice, of which the last would win.
  if (!json.is_object() || keys != 1 || !json.contains("state") || !json["state"].is_string()) {
    return base::fail("the body is not an object with a \"state\" and nothing else");
  }
  const auto& state = json["state"].get_ref<const std::string&>();
  if (state == "maintenance") return ServerOrder::kMaintenance;
  if (state == "ready") return ServerOrder::kReady;
  return base::fail(concat("'", base::printable(state, 40), "' is no state"));
}

}  // namespace

ControlAnswer error_answer(int status, std::string_view code, std::string_view message,
                           std::string_view remedy) {
  return {
      status, text_of({{"error", {{"code", code}, {"message", message}, {"remedy", remedy}}}}), {}};
}

ControlAnswer error_answer(http::Fault fault) {
  const http::FaultInfo& info = http::info(fault);
  return error_answer(info.status, info.id, info.rule,
                      concat("send a request as ", info.source, " asks for"));
}

Router::Router(const StatusSource& status, ControlActions& actions,
               std::optional<WriteGroup> write_group)
    : status_(status), actions_(actions), write_group_(std::move(write_group)) {}

ControlAnswer Router::handle(const ControlRequest& request) const {
  const std::size_t query = request.target.find('?');
  const std::string_view path = request.target.substr(0, query);
  if (query != std::string_view::npos) {
    return error_answer(400, "query_not_taken", "no endpoint takes a query",
                        concat("ask for ", base::printable(path), " alone"));
  }
  if (!path.starts_with('/')) return unknown_path(path);

  const auto parts = parts_of(path);
  if (is_server_state_path(parts)) {
    if (request.method != http::Method::kPost) return wrong_method(path, "POST");
    return set_server_state(request, parts);
  }
  std::string (*render)(const Status&) = nullptr;
  if (path == kStatusPath) render = render_status;
  if (path == kHealthPath) render = render_health;
  if (path == kVersionPath) render = render_version;
  if (render == nullptr && path != kIndexPath) return unknown_path(path);
  if (request.method != http::Method::kGet && request.method != http::Method::kHead) {
    return wrong_method(path, "GET, HEAD");
  }
  return {200, render != nullptr ? render(status_.status()) : render_index(), {}};
}

ControlAnswer Router::forbid(const net::PeerCredentials& who) const {
  const std::string rule = concat(describe(who), " may not change anything: that takes root");
  if (!write_group_) {
    return error_answer(403, "forbidden", rule,
                        "use root, or name a group in the config as process.write_group");
  }
  return error_answer(403, "forbidden",
                      concat(rule, " or group '", write_group_->name, "' (process.write_group)"),
                      concat("use root, or add the user with 'usermod -aG ", write_group_->name,
                             " USER' and log in anew"));
}

ControlAnswer Router::set_server_state(const ControlRequest& request,
                                       const std::vector<std::string_view>& path) const {
  if (!may_change(request.who, write_group_)) return forbid(request.who);
  const auto order = parse_order(request.body);
  if (!order) {
    return error_answer(400, "bad_body", order.error().message, kOrderRemedy);
  }
  const std::string_view backend = path[2];
  const std::string_view server = path[3];
  const auto done = actions_.set_server_state(backend, server, *order, describe(request.who));
  if (!done) {
    return error_answer(404, "unknown_server", done.error().message,
                        concat("see 'backends' in ", kStatusPath, " for the names"));
  }
  return {200,
          text_of({{"backend", backend},
                   {"server", server},
                   {"state", *order == ServerOrder::kReady ? "ready" : "maintenance"}}),
          {}};
}

}  // namespace hapair::control
