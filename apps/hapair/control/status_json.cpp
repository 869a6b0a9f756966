#include "apps/hapair/control/status_json.hpp"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "apps/hapair/control/json_write.hpp"
#include "apps/hapair/control/log_json.hpp"
#include "apps/hapair/control/reload_json.hpp"
#include "apps/hapair/control/status_parts.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

/// Rounded to a microsecond: enough for people, and no digits that mean nothing.
double in_seconds(base::Duration duration) {
  return std::round(static_cast<double>(duration.count()) / 1e3) / 1e6;
}

/// A time and how long ago it was.
void put_since(Json& out, base::WallTime since, base::WallTime now) {
  out["since"] = base::format_wall_time(since);
  out["since_seconds"] = in_seconds(now - since);
}

Json number(const lb::StatsNumber& value) { return value ? Json(*value) : Json(nullptr); }

Json counts(const std::vector<NamedCount>& list) {
  Json out = Json::object();
  for (const NamedCount& entry : list) out[entry.name] = entry.count;
  return out;
}

}  // namespace

Json loop_lag(const LoopLagStatus& lag) {
  return {{"p50_ms", in_ms(lag.p50)},
          {"p99_ms", in_ms(lag.p99)},
          {"p999_ms", in_ms(lag.p999)},
          {"max_ms", in_ms(lag.max)},
          {"samples", lag.samples}};
}

Json guardian_json(const GuardianStatus& guardian) {
  return {{"real_time", guardian.real_time},
          {"memory_locked", guardian.memory_locked},
          {"advert_lateness", loop_lag(guardian.advert_lateness)}};
}

namespace {

Json tracks(const VipStatus& vip) {
  Json out = Json::array();
  for (const TrackStatus& track : vip.tracks) {
    out.push_back({{"name", track.name},
                   {"met", track.met},
                   {"detail", track.detail},
                   {"penalty", track.penalty},
                   {"fault", track.fault}});
  }
  return out;
}

Json peers(const VipStatus& vip) {
  Json out = Json::array();
  for (const PeerStatus& peer : vip.peers) {
    out.push_back({{"address", peer.address.to_string()},
                   {"priority", peer.priority},
                   {"advert_interval_seconds", in_seconds(peer.advert_interval)},
                   {"silent_for_seconds", in_seconds(peer.silent_for)},
                   {"adverts", peer.adverts},
                   {"signed", peer.is_signed}});
  }
  return out;
}

Json transitions(const VipStatus& vip) {
  Json out = Json::array();
  for (const RoleChangeStatus& change : vip.transitions) {
    out.push_back({{"time", base::format_wall_time(change.time)},
                   {"from", change.from},
                   {"to", change.to},
                   {"reason", change.reason}});
  }
  return out;
}

Json node_json(const NodeStatus& node, const std::string& config_hash) {
  Json out = {{"name", node.name},
              {"address", node.address},
              {"present", node.present},
              {"silent_for_seconds", in_seconds(node.silent_for)},
              {"hellos", node.hellos}};
  const auto put = [&](const char* key, Json value) {
    out[key] = node.heard ? std::move(value) : Json(nullptr);
  };
  put("version", node.version);
  put("config_hash", node.config_hash);
  put("same_config", node.config_hash == config_hash);
  put("clock_ahead_seconds", in_seconds(node.clock_ahead));
  out["vips"] = Json::array();
  for (const NodeVipStatus& vip : node.vips) {
    out["vips"].push_back({{"name", vip.name},
                           {"role", vip.role},
                           {"verdict", vip.verdict},
                           {"priority", vip.priority},
                           {"would_take_over", vip.would_take_over}});
  }
  out["backends"] = Json::array();
  for (const NamedCount& backend : node.backends) {
    out["backends"].push_back({{"name", backend.name}, {"servers_usable", backend.count}});
  }
  return out;
}

Json logs_json(const Status& status) {
  Json out = Json::array();
  for (const LogStatus& log : status.logs) {
    out.push_back(log_json(log));
  }
  return out;
}

Json hello_json(const HelloStatus& hello) {
  if (!hello.on) return nullptr;
  return {{"sent", hello.sent}, {"unsent", hello.unsent}, {"dropped", counts(hello.dropped)}};
}

}  // namespace

Json vip_json(const VipStatus& vip, base::WallTime now) {
  Json out = {{"name", vip.name}, {"role", vip.role}, {"reason", vip.reason}};
  put_since(out, vip.since, now);
  out["router_id"] = vip.router_id;
  out["version"] = vip.version;
  out["interface"] = vip.interface;
  out["addresses"] = vip.addresses;
  out["virtual_mac"] = text_or_null(vip.virtual_mac);
  out["virtual_mac6"] = text_or_null(vip.virtual_mac6);
  out["priority"] = vip.priority;
  out["effective_priority"] = vip.effective_priority;
  out["verdict"] = vip.verdict;
  out["advert_interval_seconds"] = in_seconds(vip.advert_interval);
  out["signatures"] = vip.signatures;
  out["failback"] = vip.failback;
  out["sync_group"] = text_or_null(vip.sync_group);
  out["master_address"] = text_or_null(vip.master_address);
  out["routes_fault"] = text_or_null(vip.routes_fault);
  out["tracks"] = tracks(vip);
  out["peers"] = peers(vip);
  out["transitions"] = transitions(vip);
  out["times_master"] = vip.times_master;
  out["dropped"] = counts(vip.dropped);
  out["alarms"] = counts(vip.alarms);
  out["deadline_lateness"] = loop_lag(vip.deadline_lateness);
  return out;
}

namespace {

Json check_json(const CheckStatus& check) {
  return {{"time", base::format_wall_time(check.time)},
          {"code", check.code},
          {"status", check.status == 0 ? Json(nullptr) : Json(check.status)},
          {"duration_ms", in_ms(check.duration)},
          {"info", check.info}};
}

Json target_json(const TargetStatus& target, base::WallTime now) {
  Json out = {{"name", target.name}, {"state", target.state}, {"reason", target.reason}};
  put_since(out, target.since, now);
  out["checked"] = target.checked;
  out["order"] = text_or_null(target.order);
  out["weight_percent"] = target.weight_percent;
  out["max_connections"] = target.max_connections ? Json(*target.max_connections) : Json(nullptr);
  out["last_resort"] = target.last_resort;
  out["follows"] = text_or_null(target.follows);
  out["rise"] = target.rise;
  out["fall"] = target.fall;
  out["against"] = target.against;
  out["checks"] = target.checks;
  out["failures"] = target.failures;
  out["observed_failures"] = target.observed_failures;
  out["times_down"] = target.times_down;
  out["last_checks"] = Json::array();
  for (const CheckStatus& check : target.last_checks) {
    out["last_checks"].push_back(check_json(check));
  }
  return out;
}

Json notify_run_json(const NotifyRunStatus& run) {
  return {{"time", base::format_wall_time(run.ended)},
          {"state", run.state},
          {"script", run.script},
          {"good", run.good},
          {"how", run.how},
          {"duration_ms", in_ms(run.took)},
          {"output", run.line}};
}

Json notifies_json(const Status& status) {
  Json out = Json::array();
  for (const NotifyStatus& notify : status.notifies) {
    Json unusable = Json::array();
    for (const UnusableScript& each : notify.unusable) {
      unusable.push_back({{"script", each.script}, {"reason", each.reason}});
    }
    out.push_back({{"type", notify.group ? "GROUP" : "INSTANCE"},
                   {"name", notify.name},
                   {"available", notify.available},
                   {"told", text_or_null(notify.told)},
                   {"runs", notify.runs},
                   {"failures", notify.failures},
                   {"skipped", notify.skipped},
                   {"lost", notify.lost},
                   {"running", notify.running},
                   {"unusable", std::move(unusable)},
                   {"last", notify.last ? notify_run_json(*notify.last) : Json(nullptr)}});
  }
  return out;
}

Json targets_json(std::span<const TargetStatus> targets, base::WallTime now) {
  Json out = Json::array();
  for (const TargetStatus& target : targets) out.push_back(target_json(target, now));
  return out;
}

/// With that in place of its targets.
Json health_json(const Status& status, Json targets) {
  Json states = {{"unknown", 0},     {"up", 0},    {"degraded", 0}, {"down", 0},
                 {"maintenance", 0}, {"drain", 0}, {"resolving", 0}};
  for (const TargetStatus& target : status.targets) {
    states[target.state] = states.value(target.state, 0) + 1;
  }
  return {{"node", status.node},
          {"time", base::format_wall_time(status.now)},
          {"states", std::move(states)},
          {"targets", std::move(targets)}};
}

/// The figures every row has; null where one makes no sense for it.
void put_traffic(Json& out, const lb::StatsRow& row) {
  out["sessions"] = {{"current", number(row.scur)},    {"max", number(row.smax)},
                     {"limit", number(row.slim)},      {"total", number(row.stot)},
                     {"per_second", number(row.rate)}, {"per_second_max", number(row.rate_max)}};
  out["requests"] = {{"total", number(row.req_tot)},
                     {"per_second", number(row.req_rate)},
                     {"per_second_max", number(row.req_rate_max)}};
  out["bytes"] = {{"in", number(row.bin)}, {"out", number(row.bout)}};
  out["responses"] = {{"1xx", number(row.hrsp[0])}, {"2xx", number(row.hrsp[1])},
                      {"3xx", number(row.hrsp[2])}, {"4xx", number(row.hrsp[3])},
                      {"5xx", number(row.hrsp[4])}, {"other", number(row.hrsp[5])}};
  out["errors"] = {{"request", number(row.ereq)},           {"connect", number(row.econ)},
                   {"response", number(row.eresp)},         {"internal", number(row.eint)},
                   {"client_aborts", number(row.cli_abrt)}, {"server_aborts", number(row.srv_abrt)},
                   {"retries", number(row.wretr)},          {"redispatches", number(row.wredis)}};
  out["times_ms"] = {{"connect", number(row.ctime)},  {"connect_max", number(row.ctime_max)},
                     {"response", number(row.rtime)}, {"response_max", number(row.rtime_max)},
                     {"total", number(row.ttime)},    {"total_max", number(row.ttime_max)}};
}

Json frontend_json(const lb::StatsRow& row) {
  Json out = {{"name", row.pxname}, {"mode", row.mode}, {"status", row.status}};
  put_traffic(out, row);
  out["accept_pauses"] = number(row.accept_pauses);
  out["accept_failures"] = number(row.accept_failures);
  out["denied"] = {{"connections", number(row.dcon)}, {"handshakes", number(row.dses)}};
  out["listeners"] = Json::array();
  return out;
}

Json listener_json(const lb::StatsRow& row) {
  Json out = {{"name", row.svname}, {"address", row.addr}, {"status", row.status}};
  put_traffic(out, row);
  return out;
}

Json backend_json(const lb::StatsRow& row) {
  Json out = {{"name", row.pxname},
              {"mode", row.mode},
              {"status", row.status},
              {"balance", row.algo},
              {"servers_usable", number(row.act)},
              {"panic", row.panics},
              {"since_seconds", number(row.lastchg)},
              {"downtime_seconds", number(row.downtime)}};
  put_traffic(out, row);
  out["queue"] = {{"current", number(row.qcur)},
                  {"max", number(row.qmax)},
                  {"limit", number(row.qlimit)},
                  {"mean_ms", number(row.qtime)},
                  {"max_ms", number(row.qtime_max)}};
  out["servers"] = Json::array();
  return out;
}

}  // namespace

Json server_json(const lb::StatsRow& row) {
  Json out = {{"name", row.svname},
              {"address", row.addr},
              {"status", row.status},
              {"weight", number(row.user_weight)},
              {"weight_now", number(row.weight)},
              {"throttle", number(row.throttle)},
              {"since_seconds", number(row.lastchg)},
              {"downtime_seconds", number(row.downtime)},
              {"times_selected", number(row.lbtot)}};
  out["check"] = {{"code", text_or_null(row.check_status)},    {"status", number(row.check_code)},
                  {"duration_ms", number(row.check_duration)}, {"info", row.last_chk},
                  {"failures", number(row.chkfail)},           {"times_down", number(row.chkdown)}};
  out["connections"] = {{"idle", number(row.idle_conn_cur)},
                        {"used", number(row.used_conn_cur)},
                        {"opened", number(row.connect)},
                        {"reused", number(row.reuse)}};
  put_traffic(out, row);
  return out;
}

namespace {

/// Rows of one proxy stand together, but its own row may follow those within it: find or make.
Json& entry_named(Json& list, std::map<std::string, std::size_t>& places, const std::string& name) {
  const auto [place, is_new] = places.emplace(name, list.size());
  if (is_new) list.push_back({{"name", name}});
  return list[place->second];
}

/// Fills in the proxy's own figures, keeping what was gathered within it.
void fill_entry(Json& entry, Json own, const char* within) {
  if (entry.contains(within)) own[within] = std::move(entry[within]);
  entry = std::move(own);
}

}  // namespace

void put_proxies(Json& out, const lb::StatsSnapshot& traffic) {
  Json frontends = Json::array();
  Json backends = Json::array();
  std::map<std::string, std::size_t> frontend_places;
  std::map<std::string, std::size_t> backend_places;
  for (const lb::StatsRow& row : traffic.rows) {
    switch (row.type) {
      case lb::StatsRowType::kFrontend:
        fill_entry(entry_named(frontends, frontend_places, row.pxname), frontend_json(row),
                   "listeners");
        break;
      case lb::StatsRowType::kListener:
        entry_named(frontends, frontend_places, row.pxname)["listeners"].push_back(
            listener_json(row));
        break;
      case lb::StatsRowType::kBackend:
        fill_entry(entry_named(backends, backend_places, row.pxname), backend_json(row), "servers");
        break;
      case lb::StatsRowType::kServer:
        entry_named(backends, backend_places, row.pxname)["servers"].push_back(server_json(row));
        break;
    }
  }
  out["frontends"] = std::move(frontends);
  out["backends"] = std::move(backends);
}

namespace {

Json names_json(const Status& status) {
  Json names = Json::array();
  for (const NameStatus& each : status.names) {
    names.push_back({{"server", each.server},
                     {"name", each.name},
                     {"service", each.service},
                     {"state", each.state},
                     {"reason", text_or_null(each.reason)},
                     {"since", base::format_wall_time(each.since)},
                     {"servers", each.servers},
                     {"questions", each.questions},
                     {"failures", each.failures}});
  }
  return names;
}

Json alerts_json(const Status& status) {
  Json alerts = Json::array();
  for (const AlertStatus& each : status.alerts) {
    const bool tried = each.last != base::WallTime{};
    alerts.push_back({{"name", each.name},
                      {"type", each.type},
                      {"receiver", each.receiver},
                      {"waiting", each.waiting},
                      {"messages", each.messages},
                      {"failures", each.failures},
                      {"lost", each.lost},
                      {"fault", text_or_null(each.fault)},
                      {"last", tried ? Json(base::format_wall_time(each.last)) : Json(nullptr)}});
  }
  return alerts;
}

}  // namespace

Json certificates_json(const Status& status) {
  Json certificates = Json::array();
  for (const CertificateStatus& each : status.certificates) {
    const base::Duration left = each.not_after - status.now;
    certificates.push_back(
        {{"path", each.path},
         {"subject", each.subject},
         {"names", each.names},
         {"key", each.key},
         {"not_before", base::format_wall_time(each.not_before)},
         {"not_after", base::format_wall_time(each.not_after)},
         {"expires_in_seconds", std::chrono::duration_cast<std::chrono::seconds>(left).count()},
         {"fingerprint", each.fingerprint}});
  }
  return certificates;
}

Json shortages_json(const Status& status) {
  Json out = Json::array();
  for (const ShortageStatus& each : status.shortages) {
    Json json = {{"resource", each.resource},
                 {"stage", each.stage},
                 {"gives_up", each.gives_up},
                 {"used", each.used},
                 {"limit", each.limit > 0 ? Json(each.limit) : Json(nullptr)},
                 {"refusals", each.refusals},
                 {"since", nullptr},
                 {"since_seconds", nullptr},
                 {"remedy", each.since ? Json(each.remedy) : Json(nullptr)}};
    if (each.since) put_since(json, *each.since, status.now);
    out.push_back(std::move(json));
  }
  return out;
}

namespace {

Json maps_json(const Status& status) {
  Json maps = Json::array();
  for (const MapStatus& each : status.maps) {
    maps.push_back({{"name", each.name},
                    {"file", each.file},
                    {"keys", each.keys},
                    {"digest", text_or_null(each.digest)},
                    {"fault", text_or_null(each.fault)}});
  }
  return maps;
}

Json event_json(const base::JournalEvent& event) {
  Json figures = Json::object();
  for (const auto& [name, value] : event.figures) figures[name] = value;
  return {{"number", event.number},
          {"time", base::format_wall_time(event.wall)},
          {"monotonic_ns", base::to_ns(event.at)},
          {"id", event.id},
          {"subject", event.subject},
          {"from", event.from},
          {"to", event.to},
          {"cause", event.cause},
          {"caused_by", event.caused_by ? Json(*event.caused_by) : Json(nullptr)},
          {"figures", std::move(figures)}};
}

}  // namespace

void put_memory(Json& out, const lb::StatsSnapshot& traffic) {
  out["buffers"] = {{"used", traffic.buffers_used},
                    {"limit", traffic.buffers_limit},
                    {"refusals", traffic.buffer_refusals}};
  out["handshakes"] = {{"now", traffic.handshakes},
                       {"max", traffic.handshakes_max},
                       {"limit", traffic.handshakes_limit},
                       {"dropped", traffic.handshakes_dropped},
                       {"refused", traffic.handshakes_refused}};
}

std::string render_status(const Status& status) {
  Json out = {{"node", status.node},
              {"cluster", status.cluster},
              {"version", status.version},
              {"time", base::format_wall_time(status.now)},
              {"pid", status.pid},
              {"uptime_seconds", in_seconds(status.uptime)},
              {"config_hash", status.config_hash},
              {"reload", reload_json(status.reload)},
              {"drift", status.drift.size()},
              {"loop_lag", loop_lag(status.loop_lag)},
              {"guardian", guardian_json(status.guardian)},
              {"journal",
               {{"last", status.journal.last},
                {"file", status.journal.file},
                {"dropped", status.journal.dropped}}}};
  put_memory(out, status.traffic);
  out["shortages"] = shortages_json(status);
  out["log"] = logs_json(status);
  out["hello"] = hello_json(status.hello);
  out["peers"] = Json::array();
  for (const NodeStatus& node : status.nodes) {
    out["peers"].push_back(node_json(node, status.config_hash));
  }
  out["vips"] = Json::array();
  for (const VipStatus& vip : status.vips) out["vips"].push_back(vip_json(vip, status.now));
  put_proxies(out, status.traffic);
  out["targets"] = targets_json(status.targets, status.now);
  out["names"] = names_json(status);
  out["alerts"] = alerts_json(status);
  out["notify"] = notifies_json(status);
  out["certificates"] = certificates_json(status);
  out["maps"] = maps_json(status);
  return text_of(out);
}

std::string render_health(const Status& status) {
  return text_of(health_json(status, targets_json(status.targets, status.now)));
}

std::string render_health_outline(const Status& status) {
  return text_of(health_json(status, Json::array()));
}

std::string render_targets(std::span<const TargetStatus> targets, base::WallTime now) {
  return elements_of(targets_json(targets, now), 1);
}

std::string render_servers(std::span<const lb::StatsRow> rows) {
  Json servers = Json::array();
  for (const lb::StatsRow& row : rows) servers.push_back(server_json(row));
  return elements_of(std::move(servers), 3);
}

std::string render_version(const Status& status) {
  return text_of({{"name", "hapair"},
                  {"version", status.version},
                  {"api", "v1"},
                  {"node", status.node},
                  {"config_hash", status.config_hash}});
}

std::string render_sentences(const Status& status, std::string_view vip,
                             std::vector<std::string> (*tell)(const Status&, const VipStatus&)) {
  Json vips = Json::array();
  for (const VipStatus& each : status.vips) {
    if (!vip.empty() && each.name != vip) continue;
    vips.push_back({{"name", each.name}, {"role", each.role}, {"sentences", tell(status, each)}});
  }
  return text_of({{"node", status.node}, {"vips", std::move(vips)}});
}

std::string journal_line(const base::JournalEvent& event) {
  return event_json(event).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string render_events(const base::Journal& journal, std::uint64_t after) {
  Json events = Json::array();
  for (const base::JournalEvent& event : journal.events()) {
    if (event.number <= after) continue;
    events.push_back(event_json(event));
  }
  return text_of({{"events", std::move(events)}});
}

}  // namespace hapair::control
