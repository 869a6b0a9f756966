#include "apps/hapair/control/router.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/explain.hpp"
#include "apps/hapair/control/json_write.hpp"
#include "apps/hapair/control/metrics.hpp"
#include "apps/hapair/control/status_document.hpp"
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
constexpr std::string_view kExplainPath = "/v1/explain";
constexpr std::string_view kWhyNotPath = "/v1/why-not";
constexpr std::string_view kEventsPath = "/v1/events";
constexpr std::string_view kFollowPath = "/v1/events/follow";
constexpr std::string_view kErrorsPath = "/v1/errors";
constexpr std::string_view kLatencyPath = "/v1/latency";
constexpr std::string_view kHttp2Path = "/v1/http2";
constexpr std::string_view kTablesPath = "/v1/tables";
constexpr std::string_view kClientPath = "/v1/tables/{table}/{client}";
constexpr std::string_view kReloadPath = "/v1/reload";
constexpr std::string_view kConfigPath = "/v1/config";
constexpr std::string_view kMetricsPath = "/metrics";
constexpr std::string_view kMaintenancePath = "/v1/maintenance";
constexpr std::string_view kVipMaintenancePath = "/v1/vips/{vip}/maintenance";
constexpr std::string_view kStepDownPath = "/v1/step-down";
constexpr std::string_view kVipStepDownPath = "/v1/vips/{vip}/step-down";
constexpr std::string_view kDrillPath = "/v1/drill";
constexpr std::string_view kVipDrillPath = "/v1/vips/{vip}/drill";
constexpr std::string_view kDrillRemedy = R"(send {"drill": "begin"})";
constexpr std::string_view kUpgradePath = "/v1/upgrade";
constexpr std::string_view kServerStatePath = "/v1/servers/{backend}/{server}/state";
constexpr std::string_view kMaintenanceRemedy =
    R"(send {"maintenance": "on"} or {"maintenance": "off"})";
constexpr std::string_view kStepDownRemedy =
    R"(send {"step_down": "drain"} or {"step_down": "now"})";
constexpr std::string_view kOrderRemedy =
    R"(send {"state": ...} with "ready", "drain", "maintenance", "force-up" or "force-down")";
constexpr std::string_view kEntryRemedy =
    R"(send {"server": NAME} for a stick table, or counters with whole numbers, {"requests": 5})";

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
    {"GET", kExplainPath,
     "why this node is what it is, in sentences; /{vip} behind it for one VIP"},
    {"GET", kWhyNotPath, "what keeps this node from being master; /{vip} behind it for one VIP"},
    {"GET", kEventsPath, "what was decided and why; /{number} behind it for what came after that"},
    {"GET", kFollowPath,
     "the same as JSON lines, and on and on as it comes; /{number} behind it for what came after"},
    {"GET", kErrorsPath,
     "the last malformed request of each frontend and response of each backend"},
    {"GET", kLatencyPath, "how long requests take, by frontend and backend, as distributions"},
    {"GET", kHttp2Path, "what clients did that speak HTTP/2, by frontend"},
    {"GET", kTablesPath, "clients that are kept on their servers, or limited in what they may"},
    {"PUT", kClientPath,
     R"(sets what a table knows of a client: {"server": NAME}, or counters as {"requests": 5})"},
    {"DELETE", kClientPath, "a table forgets a client; without /{client} all of them"},
    {"GET", kMetricsPath, "everything that is counted, as Prometheus reads it"},
    {"GET", kConfigPath,
     "the configuration that runs; for anybody but root without what is secret in it"},
    {"GET", kReloadPath, "what became of the last reload: what has changed, or every fault"},
    {"POST", kReloadPath, "has the configuration read anew; GET tells what comes of it"},
    {"POST", kMaintenancePath,
     R"(takes this node out of the election ({"maintenance": "on"}) or back in ("off"))"},
    {"POST", kVipMaintenancePath, "the same for one VIP"},
    {"POST", kStepDownPath,
     R"(gives the VIPs to a peer, after running requests ({"step_down": "drain"}) or )"
     R"(at once ("now"))"},
    {"POST", kVipStepDownPath, "the same for one VIP"},
    {"GET", kDrillPath, "how the drill goes that this node leads, or what came of the last one"},
    {"POST", kDrillPath,
     R"(gives every VIP to the peer, takes it back and measures that: {"drill": "begin"})"},
    {"POST", kVipDrillPath, "the same for one VIP"},
    {"POST", kUpgradePath,
     "the program that is on disk now takes this one's place; GET tells what became of it"},
    {"POST", kServerStatePath,
     R"(takes a server out ({"state": "maintenance"}, "drain", "force-down"), keeps it in )"
     R"(("force-up"), or leaves it to its checks again ("ready"))"},
};

/// What the source makes as it is told.
struct Document {
  std::string_view path;
  std::string (StatusSource::*make)() const;
};
constexpr Document kDocuments[] = {
    {kErrorsPath, &StatusSource::errors}, {kLatencyPath, &StatusSource::latency},
    {kHttp2Path, &StatusSource::http2},   {kTablesPath, &StatusSource::tables},
    {kDrillPath, &StatusSource::drill},   {kReloadPath, &StatusSource::reload},
};

/// Null: the path is of none.
const Document* document_at(std::string_view path) {
  const auto* const found = std::ranges::find(kDocuments, path, &Document::path);
  return found == std::end(kDocuments) ? nullptr : found;
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

ControlAnswer unknown_vip(std::string_view vip) {
  return error_answer(404, "unknown_vip",
                      concat("there is no VIP '", base::printable(vip, 64), "'"),
                      concat("see 'vips' in ", kStatusPath, " for the names"));
}

ControlAnswer not_master(std::string_view vip, std::string_view what_to_do) {
  return error_answer(
      409, "not_master",
      vip.empty() ? "this node is master of no VIP" : concat("this node is not master of ", vip),
      concat("see GET /v1/status for who is; ", what_to_do));
}

ControlAnswer wrong_method(std::string_view path, std::string_view allow) {
  ControlAnswer answer = error_answer(
      405, "wrong_method", concat(path, " does not take this method"), concat("use ", allow));
  answer.allow = allow;
  return answer;
}

/// The number behind a path; nothing stands for 0.
std::optional<std::uint64_t> event_number(std::string_view after) {
  return after.empty() ? std::optional<std::uint64_t>(0) : base::parse_unsigned(after);
}

ControlAnswer bad_number(std::string_view after, std::string_view path) {
  return error_answer(400, "bad_number",
                      concat("'", base::printable(after, 40), "' is no number of an event"),
                      concat("use ", path, " or ", path, "/NUMBER"));
}

/// "/v1/servers/web/node1/state" -> {"v1", "servers", "web", "node1", "state"}.
std::vector<std::string_view> parts_of(std::string_view path) {
  return base::split(path.substr(1), '/');
}

bool is_server_state_path(const std::vector<std::string_view>& parts) {
  return parts.size() == 5 && parts[0] == "v1" && parts[1] == "servers" && !parts[2].empty() &&
         !parts[3].empty() && parts[4] == "state";
}

/// "/v1/vips/{vip}/" and that word.
bool is_vip_path(const std::vector<std::string_view>& parts, std::string_view word) {
  return parts.size() == 4 && parts[0] == "v1" && parts[1] == "vips" && !parts[2].empty() &&
         parts[3] == word;
}

/// "/v1/explain" and "/v1/explain/VI_1": what stands behind the path, empty for nothing; nullopt
/// for another path.
std::optional<std::string_view> behind(std::string_view path, std::string_view endpoint) {
  if (path == endpoint) return std::string_view();
  if (!path.starts_with(endpoint) || path[endpoint.size()] != '/') return std::nullopt;
  const std::string_view rest = path.substr(endpoint.size() + 1);
  if (rest.empty() || rest.find('/') != std::string_view::npos) return std::nullopt;
  return rest;
}

/// The one text of an object with the one key `key`; anything else is an error in words.
base::Result<std::string> parse_word(std::string_view body, std::string_view key) {
  int keys = 0;
  const auto count_keys = [&keys](int, Json::parse_event_t event, Json&) {
    if (event == Json::parse_event_t::key) ++keys;
    return true;
  };
  const Json json = Json::parse(body, count_keys, /*allow_exceptions=*/false);
  if (json.is_discarded()) return base::fail("the body is not JSON");
  // Counting the keys also catches one that is given twice, of which the last would win.
  if (!json.is_object() || keys != 1 || !json.contains(key) ||
      !json[std::string(key)].is_string()) {
    return base::fail(concat("the body is not an object with a \"", key, "\" and nothing else"));
  }
  return json[std::string(key)].get<std::string>();
}

base::Result<check::Order> parse_order(std::string_view body) {
  const auto state = parse_word(body, "state");
  if (!state) return std::unexpected(state.error());
  if (const auto order = check::parse_order(*state)) return *order;
  return base::fail(concat("'", base::printable(*state, 40), "' is no state"));
}

/// The status or a part of it; a long one in pieces.
ControlAnswer answer_with(Status status, std::string_view path,
                          std::string (*render)(const Status&)) {
  using What = StatusDocument::What;
  if (path == kVersionPath || !StatusDocument::is_long(status)) return {200, render(status), {}};
  const What what = path == kStatusPath ? What::kStatus : What::kHealth;
  return {.body = {},
          .allow = {},
          .document = std::make_unique<StatusDocument>(what, std::move(status))};
}

ControlAnswer table_error(const lb::TableFault& fault) {
  using Kind = lb::TableFault::Kind;
  switch (fault.kind) {
    case Kind::kNoTable:
      return error_answer(404, "unknown_table", fault.message, fault.remedy);
    case Kind::kNoClient:
      return error_answer(404, "unknown_client", fault.message, fault.remedy);
    case Kind::kBadKey:
      return error_answer(400, "bad_client", fault.message, fault.remedy);
    case Kind::kBadEntry:
      break;
  }
  return error_answer(400, "bad_body", fault.message, fault.remedy);
}

/// Of an order with two words: true for the first.
base::Result<bool> parse_choice(std::string_view body, std::string_view key, std::string_view yes,
                                std::string_view no) {
  const auto word = parse_word(body, key);
  if (!word) return std::unexpected(word.error());
  if (*word == yes) return true;
  if (*word == no) return false;
  return base::fail(concat("'", base::printable(*word, 40), "' is neither ", yes, " nor ", no));
}

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
  if (path == kReloadPath && request.method == http::Method::kPost) return reload(request);
  if (path == kMaintenancePath || is_vip_path(parts, "maintenance")) {
    if (request.method != http::Method::kPost) return wrong_method(path, "POST");
    return set_maintenance(request, path == kMaintenancePath ? std::string_view() : parts[2]);
  }
  if (path == kStepDownPath || is_vip_path(parts, "step-down")) {
    if (request.method != http::Method::kPost) return wrong_method(path, "POST");
    return step_down(request, path == kStepDownPath ? std::string_view() : parts[2]);
  }
  const bool begins = path == kDrillPath && request.method == http::Method::kPost;
  if (begins || is_vip_path(parts, "drill")) {
    if (request.method != http::Method::kPost) return wrong_method(path, "POST");
    return drill(request, begins ? std::string_view() : parts[2]);
  }
  if (path == kUpgradePath) return upgrade(request);
  if (const auto table = parse_table_path(path)) return change_table(request, *table);
  std::string (*render)(const Status&) = nullptr;
  if (path == kStatusPath) render = render_status;
  if (path == kHealthPath) render = render_health;
  if (path == kVersionPath) render = render_version;
  const auto followed_after = behind(path, kFollowPath);
  const auto events_after = followed_after ? std::nullopt : behind(path, kEventsPath);
  const auto explained = behind(path, kExplainPath);
  const auto why_not_vip = behind(path, kWhyNotPath);
  const bool told = events_after || followed_after || explained || why_not_vip;
  const Document* const document = document_at(path);
  const bool metrics = path == kMetricsPath;
  const bool config = path == kConfigPath;
  if (render == nullptr && path != kIndexPath && !told && document == nullptr && !metrics &&
      !config) {
    return unknown_path(path);
  }
  if (request.method != http::Method::kGet && request.method != http::Method::kHead) {
    const bool takes_orders = path == kDrillPath || path == kReloadPath;
    return wrong_method(path, takes_orders ? "GET, HEAD, POST" : "GET, HEAD");
  }
  if (config) return {200, status_.config(request.who.uid == 0), {}};
  if (followed_after) return follow(*followed_after);
  if (events_after) return events(*events_after);
  if (explained) return sentences(*explained, &explain);
  if (why_not_vip) return sentences(*why_not_vip, &why_not);
  if (document != nullptr) return {200, (status_.*document->make)(), {}};
  if (metrics) {
    return {.body = {},
            .allow = {},
            .content_type = kMetricsType,
            .document = std::make_unique<MetricsDocument>(status_.metrics())};
  }
  if (render == nullptr) return {200, render_index(), {}};
  return answer_with(status_.status(), path, render);
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
          text_of({{"backend", backend}, {"server", server}, {"state", check::to_string(*order)}}),
          {}};
}

ControlAnswer Router::change_table(const ControlRequest& request, const TablePath& path) const {
  const bool sets = request.method == http::Method::kPut && path.client;
  if (!sets && request.method != http::Method::kDelete) {
    return wrong_method(request.target, path.client ? "PUT, DELETE" : "DELETE");
  }
  if (!may_change(request.who, write_group_)) return forbid(request.who);
  std::expected<void, lb::TableFault> done;
  if (sets) {
    const auto entry = parse_client_entry(request.body);
    if (!entry) return error_answer(400, "bad_body", entry.error().message, kEntryRemedy);
    done = actions_.set_client(path.table, *path.client, *entry, describe(request.who));
  } else {
    done = actions_.clear_table(path.table, path.client, describe(request.who));
  }
  if (!done) return table_error(done.error());
  return {200,
          text_of({{"table", path.table},
                   {"client", path.client ? Json(*path.client) : Json(nullptr)},
                   {"change", sets ? "set" : "cleared"}}),
          {}};
}

ControlAnswer Router::reload(const ControlRequest& request) const {
  if (!may_change(request.who, write_group_)) return forbid(request.who);
  if (!request.body.empty() && request.body != "{}") {
    return error_answer(400, "bad_body", "an order to reload has nothing to say", "send {}");
  }
  const auto number = actions_.reload(describe(request.who));
  if (!number) {
    return error_answer(
        409, "reload_running", number.error().message,
        concat("wait for it to end, as GET ", kReloadPath, " tells, and try again"));
  }
  return {202, text_of({{"number", *number}}), {}};
}

ControlAnswer Router::sentences(std::string_view vip,
                                std::vector<std::string> (*tell)(const Status&,
                                                                 const VipStatus&)) const {
  const Status status = status_.status();
  if (!vip.empty() && std::ranges::find(status.vips, vip, &VipStatus::name) == status.vips.end()) {
    return unknown_vip(vip);
  }
  return {200, render_sentences(status, vip, tell), {}};
}

ControlAnswer Router::events(std::string_view after) const {
  const auto number = event_number(after);
  if (!number) return bad_number(after, kEventsPath);
  return {200, render_events(status_.journal(), *number), {}};
}

ControlAnswer Router::follow(std::string_view after) {
  const auto number = event_number(after);
  if (!number) return bad_number(after, kFollowPath);
  return {.status = 200, .body = {}, .allow = {}, .follow = number};
}

ControlAnswer Router::set_maintenance(const ControlRequest& request, std::string_view vip) const {
  if (!may_change(request.who, write_group_)) return forbid(request.who);
  const auto on = parse_choice(request.body, "maintenance", "on", "off");
  if (!on) return error_answer(400, "bad_body", on.error().message, kMaintenanceRemedy);
  const auto done = actions_.set_maintenance(vip, *on, describe(request.who));
  if (!done) return unknown_vip(vip);
  return {200,
          text_of({{"vip", vip.empty() ? Json(nullptr) : Json(vip)},
                   {"maintenance", *on ? "on" : "off"}}),
          {}};
}

ControlAnswer Router::step_down(const ControlRequest& request, std::string_view vip) const {
  if (!may_change(request.who, write_group_)) return forbid(request.who);
  const auto drain = parse_choice(request.body, "step_down", "drain", "now");
  if (!drain) return error_answer(400, "bad_body", drain.error().message, kStepDownRemedy);
  const StepDown done = actions_.step_down(vip, *drain, describe(request.who));
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

ControlAnswer Router::drill(const ControlRequest& request, std::string_view vip) const {
  if (!may_change(request.who, write_group_)) return forbid(request.who);
  const auto word = parse_word(request.body, "drill");
  if (!word) return error_answer(400, "bad_body", word.error().message, kDrillRemedy);
  if (*word != "begin") {
    return error_answer(400, "bad_body", concat("'", base::printable(*word, 40), "' is not begin"),
                        kDrillRemedy);
  }
  const DrillStart done = actions_.drill(vip, describe(request.who));
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

ControlAnswer Router::upgrade(const ControlRequest& request) const {
  const bool asks = request.method == http::Method::kGet || request.method == http::Method::kHead;
  if (!asks && request.method != http::Method::kPost) {
    return wrong_method(kUpgradePath, "GET, HEAD, POST");
  }
  if (!asks) {
    if (!may_change(request.who, write_group_)) return forbid(request.who);
    actions_.upgrade(describe(request.who));
  }
  const UpgradeState state = actions_.upgrade_state();
  return {200,
          text_of({{"upgrade", phase_text(state.phase)},
                   {"why", state.why.empty() ? Json(nullptr) : Json(state.why)}}),
          {}};
}

}  // namespace hapair::control
