// A node in mid-life: master of one VIP, backup of another, one of two servers down.
#pragma once

#include <variant>

#include "apps/hapair/control/actions.hpp"
#include "apps/hapair/control/log_json.hpp"
#include "apps/hapair/control/metrics.hpp"
#include "apps/hapair/control/status_model.hpp"
#include "apps/hapair/control/tables_json.hpp"
#include "fake_sessions.hpp"

namespace hapair::control {

inline VipStatus sample_master() {
  VipStatus vip;
  vip.name = "VI_1";
  vip.role = "master";
  vip.reason = "no advert for 309 ms";
  vip.since = base::WallTime(std::chrono::milliseconds(1'699'999'870'000));
  vip.router_id = 51;
  vip.version = 3;
  vip.interface = "ens33";
  vip.addresses = {"192.168.100.101/32", "192.168.100.102/32"};
  vip.priority = 254;
  vip.effective_priority = 234;
  vip.verdict = "serves";
  vip.failback = "immediate";
  vip.signatures = "enforce";
  vip.advert_interval = std::chrono::milliseconds(100);
  vip.master_address = "192.168.100.123";
  vip.virtual_mac = "00:00:5e:00:01:33";
  vip.virtual_mac6 = "00:00:5e:00:02:33";
  vip.routes_fault = "route 198.51.100.0/24 table 254 metric 0: Network is unreachable";
  vip.tracks = {{"backend web_server", false, "1 of 2 up, 2 needed", 20, false}};
  vip.peers = {{base::IpAddress::parse("192.168.100.124").value(), 253,
                std::chrono::milliseconds(100), std::chrono::microseconds(1234567), 98765, true}};
  vip.transitions = {{base::WallTime(std::chrono::milliseconds(1'699'999'860'000)), "initialize",
                      "backup", "started"},
                     {vip.since, "backup", "master", vip.reason}};
  vip.times_master = 1;
  vip.dropped = {{"ttl", 3}};
  vip.figures = {.adverts_sent = 1300,
                 .farewells_sent = 1,
                 .adverts_heard = 98'765,
                 .farewells_heard = 2,
                 .transitions = {{"initialize", "backup", 1}, {"backup", "master", 1}},
                 .silence = {1, std::chrono::milliseconds(309), std::chrono::milliseconds(309)},
                 .placing = {1, std::chrono::microseconds(850), std::chrono::microseconds(850)}};
  return vip;
}

inline VipStatus sample_backup() {
  VipStatus vip;
  vip.name = "VI_2";
  vip.role = "backup";
  vip.reason = "192.168.100.124 is master with priority 254";
  vip.since = base::WallTime(std::chrono::milliseconds(1'699'990'000'000));
  vip.router_id = 52;
  vip.interface = "ens33";
  vip.addresses = {"192.168.100.103/32"};
  vip.priority = 100;
  vip.effective_priority = 100;
  vip.verdict = "serves";
  vip.failback = "never";
  vip.signatures = "off";
  vip.sync_group = "site";
  vip.advert_interval = std::chrono::seconds(1);
  vip.master_address = "192.168.100.124";
  return vip;
}

/// One that is there, and one that was never heard.
inline std::vector<NodeStatus> sample_nodes() {
  NodeStatus lb2;
  lb2.name = "lb2";
  lb2.address = "192.168.100.124";
  lb2.present = true;
  lb2.heard = true;
  lb2.silent_for = std::chrono::milliseconds(420);
  lb2.hellos = 1234;
  lb2.clock_ahead = std::chrono::milliseconds(-2400);
  lb2.version = "0.1.0";
  lb2.config_hash = "0000";
  lb2.vips = {{"VI_1", "backup", "serves", 253, true}, {"VI_2", "master", "serves", 254, false}};
  lb2.backends = {{"web_server", 2}};
  NodeStatus lb3;
  lb3.name = "lb3";
  lb3.address = "192.168.100.125";
  lb3.silent_for = std::chrono::seconds(75);
  return {lb2, lb3};
}

inline TargetStatus sample_target(bool up) {
  TargetStatus target;
  target.name = up ? "web_server/node1" : "web_server/node2";
  target.state = up ? "up" : "down";
  target.reason =
      up ? "Layer7 check passed, code: 200, info: \"OK\", check duration: 1ms"
         : "Layer4 connection problem, info: \"Connection refused\", check duration: 0ms";
  target.since = base::WallTime(std::chrono::milliseconds(1'699'999'000'000));
  target.rise = 2;
  target.fall = 3;
  target.checks = 500;
  target.failures = up ? 0 : 41;
  target.times_down = up ? 0 : 1;
  target.last_checks = {{base::WallTime(std::chrono::milliseconds(1'699'999'999'000)),
                         up ? "L7OK" : "L4CON", up ? 200U : 0U, std::chrono::microseconds(1234),
                         up ? "OK" : "Connection refused"}};
  return target;
}

inline TargetStatus sample_gateway() {
  TargetStatus target;
  target.name = "uplink";
  target.state = "down";
  target.reason = "Layer3 no answer, info: \"no echo reply\", check duration: 1s";
  target.since = base::WallTime(std::chrono::milliseconds(1'699'999'990'000));
  target.rise = 2;
  target.fall = 3;
  return target;
}

inline lb::StatsRow sample_row(lb::StatsRowType type, const char* proxy, const char* name) {
  lb::StatsRow row;
  row.type = type;
  row.pxname = proxy;
  row.svname = name;
  row.mode = "http";
  row.scur = 12;
  row.smax = 64;
  row.slim = 4000;
  row.stot = 123456;
  row.rate = 340;
  row.rate_max = 900;
  row.bin = 1'234'567;
  row.bout = 98'765'432'100;
  row.hrsp = {0, 120'000, 3000, 400, 56, 0};
  return row;
}

inline lb::StatsSnapshot sample_traffic() {
  using lb::StatsRowType;
  lb::StatsSnapshot out;
  out.buffers_used = 12;
  out.handshakes_rate = 7;
  out.buffers_limit = 8192;
  out.buffer_refusals = 5;
  auto frontend = sample_row(StatsRowType::kFrontend, "http_front", "FRONTEND");
  frontend.status = "OPEN";
  frontend.req_tot = 123'456;
  frontend.req_rate = 340;
  frontend.req_rate_max = 900;
  frontend.ereq = 7;
  frontend.eint = 2;
  frontend.accept_pauses = 3;
  frontend.accept_failures = 1;
  auto listener = sample_row(StatsRowType::kListener, "http_front", "192.168.100.101:80");
  listener.status = "OPEN";
  listener.addr = "192.168.100.101:80";
  auto backend = sample_row(StatsRowType::kBackend, "web_server", "BACKEND");
  backend.status = "UP";
  backend.algo = "roundrobin";
  backend.act = 1;
  backend.lastchg = 1000;
  backend.downtime = 0;
  backend.econ = 2;
  backend.eresp = 1;
  backend.qcur = 4;
  backend.qmax = 40;
  backend.qlimit = 1024;
  backend.qtime = 12;
  backend.qtime_max = 900;
  auto up = sample_row(StatsRowType::kServer, "web_server", "node1");
  up.status = "UP";
  up.addr = "192.168.100.111:80";
  up.weight = 30;
  up.user_weight = 30;
  up.lastchg = 1000;
  up.check_status = "L7OK";
  up.check_code = 200;
  up.check_duration = 1;
  up.econ = 0;
  up.eresp = 0;
  auto down = sample_row(StatsRowType::kServer, "web_server", "node2");
  down.status = "DOWN 1/2";
  down.addr = "192.168.100.112:80";
  down.weight = 30;
  down.user_weight = 30;
  down.lastchg = 95;
  down.check_status = "L4CON";
  down.econ = 2;
  down.eresp = 1;
  out.rows = {frontend, listener, up, down, backend};
  return out;
}

inline std::vector<NotifyStatus> sample_notifies() {
  NotifyStatus told{
      .name = "VI_1", .available = true, .told = "MASTER", .runs = 3, .failures = 1, .last = {}};
  told.running = 1;
  told.last = NotifyRunStatus{.ended = base::WallTime(std::chrono::milliseconds(1'699'999'871'000)),
                              .state = "MASTER",
                              .script = "/etc/hapair/notify",
                              .how = "exit code 3",
                              .took = std::chrono::microseconds(41'500),
                              .line = "no such route"};
  NotifyStatus unsafe{.name = "VI_2", .available = true, .told = "BACKUP", .last = {}};
  unsafe.lost = 2;
  unsafe.unusable = {{"/tmp/notify", "/tmp/notify is not there"}};
  return {told, unsafe, {.name = "site", .group = true, .told = {}, .last = {}}};
}

inline Status sample_status() {
  Status status;
  status.now = base::WallTime(std::chrono::milliseconds(1'700'000'000'123));
  status.cluster = "web";
  status.node = "lb1";
  status.version = "0.1.0";
  status.pid = 34711;
  status.uptime = std::chrono::seconds(93'784);
  status.cpu_time = std::chrono::milliseconds(812'340);
  status.config_hash = "3f2a9c01d4b5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1";
  status.logs = {{.target = "stderr",
                  .what = "both",
                  .level = base::LogLevel::kDebug,
                  .written = 5120,
                  .held_back = 37,
                  .dropped = 0,
                  .fault = {}},
                 {.target = "syslog /dev/log",
                  .what = "access",
                  .enabled = false,
                  .written = 81'233,
                  .dropped = 12,
                  .fault = "Connection refused"}};
  status.journal = {.last = 17, .file = true, .dropped = 2};
  status.loop_lag = {std::chrono::microseconds(60), std::chrono::microseconds(412),
                     std::chrono::microseconds(1875), std::chrono::nanoseconds(2345678), 100'000};
  status.guardian = {
      .real_time = true,
      .memory_locked = true,
      .advert_lateness = {std::chrono::microseconds(8), std::chrono::microseconds(450),
                          std::chrono::microseconds(1630), std::chrono::nanoseconds(4100250),
                          36'000}};
  status.hello = {.on = true, .sent = 2468, .unsent = 1, .dropped = {{"replay", 3}}};
  status.nodes = sample_nodes();
  status.vips = {sample_master(), sample_backup()};
  status.targets = {sample_target(true), sample_target(false), sample_gateway()};
  status.notifies = sample_notifies();
  status.certificates = {
      {.path = "/etc/hapair/www.pem",
       .subject = "CN=www.example",
       .names = {"www.example", "*.example"},
       .key = "ECDSA",
       .not_before = base::WallTime(std::chrono::seconds(1'699'000'000)),
       .not_after = base::WallTime(std::chrono::seconds(1'700'600'000)),
       .fingerprint = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"},
      {.path = "/etc/hapair/old.pem",
       .subject = "CN=old.example",
       .names = {"old.example"},
       .key = "RSA",
       .not_before = base::WallTime(std::chrono::seconds(1'600'000'000)),
       .not_after = base::WallTime(std::chrono::seconds(1'699'900'000)),
       .fingerprint = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"}};
  status.maps = {
      {.name = "hosts",
       .file = "/etc/hapair/hosts.map",
       .keys = 120,
       .digest = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
       .fault = "/etc/hapair/hosts.map:7: \"apps\" is no backend in mode http"},
      {.name = "new", .file = "/etc/hapair/new.map", .keys = 0, .digest = "", .fault = ""}};
  status.shortages = {{.resource = "descriptors",
                       .stage = 1,
                       .gives_up = "new clients",
                       .used = 900,
                       .limit = 1000,
                       .refusals = 3,
                       .since = base::WallTime(std::chrono::seconds(1'699'999'970)),
                       .remedy = "raise LimitNOFILE="},
                      {.resource = "memory",
                       .stage = 0,
                       .gives_up = "nothing",
                       .used = 30'000'000,
                       .limit = 0,
                       .refusals = 0,
                       .since = {},
                       .remedy = ""}};
  status.traffic = sample_traffic();
  status.drift = {{.kind = "weight",
                   .subject = "web_server/node1",
                   .path = "backends.web_server.servers.node1.weight",
                   .file = "20",
                   .now = "30",
                   .reason = "ordered by uid 0 (pid 1)",
                   .value = "30"},
                  {.kind = "maintenance",
                   .subject = "VI_2",
                   .path = {},
                   .file = {},
                   .now = "on",
                   .reason = "ordered by uid 0 (pid 1)"}};
  return status;
}

/// The same node with two backends more, each with so many servers, which are targets too.
inline Status long_status(std::size_t servers) {
  Status status = sample_status();
  auto& rows = status.traffic.rows;
  const lb::StatsRow server = rows[2];
  lb::StatsRow backend = rows.back();
  for (const char* name : {"api", "files"}) {
    for (std::size_t i = 0; i < servers; ++i) {
      rows.push_back(server);
      rows.back().pxname = name;
      rows.back().svname = "s" + std::to_string(i);
      status.targets.push_back(status.targets[i % 2]);
      status.targets.back().name = rows.back().pxname + "/" + rows.back().svname;
    }
    backend.pxname = name;
    rows.push_back(backend);
  }
  return status;
}

/// A node that remembers what it was told.
class FakeNode final : public StatusSource, public ControlActions {
 public:
  Status status() const override { return shown; }

  base::Result<void> set_server_state(std::string_view backend, std::string_view server,
                                      check::Order order, std::string_view who) override {
    if (backend != "web_server" || server != "node1") {
      return base::fail("there is no such server");
    }
    orders += std::string(check::to_string(order)) + " by " + std::string(who) + "; ";
    return {};
  }

  const base::Journal& journal() const override { return events; }
  std::string latency() const override { return "{\"frontends\": []}\n"; }
  std::string http2() const override { return "{\"http2\": []}\n"; }
  std::string tables() const override { return "{\"tables\": []}\n"; }
  std::string drill() const override { return "{\"stage\": \"none\"}\n"; }
  Readiness readiness() const override { return ready; }
  Readiness ready;
  SessionsFacts sessions() const override {
    return {.book = book, .node = "lb1", .now = shown.now};
  }
  lb::SessionBook& sessions_to_close(std::string_view which, std::string_view who) override {
    orders += "sessions " + std::string(which) + " by " + std::string(who) + "; ";
    return book;
  }
  std::unique_ptr<PiecedDocument> metrics_document() const override {
    return std::make_unique<MetricsDocument>(MetricsFacts(shown, {}, {}));
  }
  std::string errors() const override { return "{\"errors\": []}\n"; }
  std::string reload() const override { return "{\"running\": false}\n"; }
  std::string config(bool whole) const override { return whole ? "whole" : "without secrets"; }
  std::string log() const override { return render_log(shown.node, shown.logs); }
  LogOutcome change_log(const LogOrder& order, std::string_view who) override {
    std::string target = "by name";
    if (const auto* index = std::get_if<std::size_t>(&order.target)) {
      if (*index >= shown.logs.size()) return LogOutcome::kUnknownTarget;
      target = std::to_string(*index);
      if (order.level && shown.logs[*index].what == "access") return LogOutcome::kNoLevel;
    } else if (std::get<std::string>(order.target) == "twice") {
      return LogOutcome::kAmbiguous;
    }
    orders += "log target " + target;
    if (order.level) orders += " at " + std::string(base::to_string(*order.level));
    if (order.enabled) orders += *order.enabled ? " on" : " off";
    orders += " by " + std::string(who) + "; ";
    return LogOutcome::kDone;
  }
  base::Result<std::uint64_t> reload(std::string_view who) override {
    if (reloading) return base::fail("a reload is under way");
    orders += "reload by " + std::string(who) + "; ";
    return 7;
  }

  base::Result<std::uint64_t> check_config(std::string_view who) override {
    if (reloading) return base::fail("a reload is under way");
    orders += "check by " + std::string(who) + "; ";
    return 3;
  }

  std::expected<unsigned, ActionFault> set_server_weight(std::string_view backend,
                                                         std::string_view server,
                                                         const WeightOrder& weight,
                                                         std::string_view who) override {
    if (auto fault = unknown(backend, server)) return std::unexpected(*fault);
    orders += "weight " + std::to_string(weight.number) + (weight.percent ? "% by " : " by ") +
              std::string(who) + "; ";
    return weight.number;
  }
  std::expected<void, ActionFault> add_server(std::string_view backend, std::string_view server,
                                              const NewServer& what,
                                              std::string_view who) override {
    if (!unknown(backend, server)) {
      return std::unexpected(
          ActionFault{.code = "server_exists", .message = "it is there", .remedy = "."});
    }
    orders += "add " + std::string(server) + " at " + what.address.to_string() + " weight " +
              std::to_string(what.weight.value_or(1)) + " by " + std::string(who) + "; ";
    return {};
  }
  std::expected<void, ActionFault> remove_server(std::string_view backend, std::string_view server,
                                                 std::string_view who) override {
    if (auto fault = unknown(backend, server)) return std::unexpected(*fault);
    orders += "remove " + std::string(server) + " by " + std::string(who) + "; ";
    return {};
  }
  std::expected<void, ActionFault> announce(std::string_view vip, std::string_view who) override {
    if (vip != "VI_1") {
      return std::unexpected(
          ActionFault{.code = "not_master", .message = "not master", .remedy = "."});
    }
    orders += "announce by " + std::string(who) + "; ";
    return {};
  }

  base::Result<void> set_maintenance(std::string_view vip, bool on, std::string_view who) override {
    if (!vip.empty() && vip != "VI_1") return base::fail("there is no such VIP");
    orders += "maintenance of " + std::string(vip.empty() ? "all" : vip) +
              (on ? " on by " : " off by ") + std::string(who) + "; ";
    return {};
  }

  std::expected<void, lb::TableFault> clear_table(std::string_view table,
                                                  std::optional<std::string_view> client,
                                                  std::string_view who) override {
    return told(table, client.value_or("all"), "cleared", who);
  }
  std::expected<void, lb::TableFault> set_client(std::string_view table, std::string_view client,
                                                 const lb::ClientEntry& entry,
                                                 std::string_view who) override {
    std::string what = entry.server;
    for (const auto& [of, figure] : entry.figures) {
      what += std::string(name_of(of)) + "=" + std::to_string(figure) + " ";
    }
    return told(table, client, what, who);
  }

  void upgrade(std::string_view who) override {
    orders += "upgrade by " + std::string(who) + "; ";
    upgrade_phase.phase = UpgradeState::Phase::kUnderWay;
  }
  [[nodiscard]] UpgradeState upgrade_state() const override { return upgrade_phase; }
  UpgradeState upgrade_phase;

  StepDown step_down(std::string_view vip, bool drain, std::string_view who) override {
    if (!vip.empty() && vip != "VI_1") return {.outcome = StepDown::Outcome::kUnknownVip};
    if (refuses != StepDown::Outcome::kDone) return {.outcome = refuses, .vips = {"VI_1"}};
    orders += "step down from " + std::string(vip.empty() ? "all" : vip) +
              (drain ? " in time by " : " by ") + std::string(who) + "; ";
    return {.vips = {"VI_1"},
            .within = base::Duration(drain ? std::chrono::seconds(10) : std::chrono::seconds(0))};
  }

  DrillStart drill(std::string_view vip, std::string_view who) override {
    if (!vip.empty() && vip != "VI_1") return {.outcome = DrillStart::Outcome::kUnknownVip};
    if (refuses_drill != DrillStart::Outcome::kBegun) {
      return {.outcome = refuses_drill, .reasons = {"lb2 is asleep", "and so is lb3"}};
    }
    orders += "drill of " + std::string(vip.empty() ? "all" : vip) + " by " + std::string(who);
    return {.number = 7, .peer = "lb2", .vips = {"VI_1"}};
  }

  DrillStart::Outcome refuses_drill = DrillStart::Outcome::kBegun;
  StepDown::Outcome refuses = StepDown::Outcome::kDone;
  bool reloading = false;
  Status shown = sample_status();
  std::string orders;
  base::Journal events;
  FakeSessions book;

 private:
  static std::optional<ActionFault> unknown(std::string_view backend, std::string_view server) {
    if (backend == "web_server" && server == "node1") return std::nullopt;
    return ActionFault{
        .status = 404, .code = "unknown_server", .message = "no such server", .remedy = "."};
  }
  std::expected<void, lb::TableFault> told(std::string_view table, std::string_view client,
                                           std::string_view what, std::string_view who) {
    using Kind = lb::TableFault::Kind;
    if (table != "clients") return std::unexpected(lb::TableFault{Kind::kNoTable, "no table", "."});
    if (client == "192.0.2.9") {
      return std::unexpected(lb::TableFault{Kind::kNoClient, "no client", "."});
    }
    if (client == "x") return std::unexpected(lb::TableFault{Kind::kBadKey, "no address", "."});
    orders += std::string(client) + " " + std::string(what) + " by " + std::string(who) + "; ";
    return {};
  }
};

}  // namespace hapair::control
