#include "apps/hapair/worker/status_source.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "apps/hapair/config/diff.hpp"
#include "apps/hapair/control/errors_json.hpp"
#include "apps/hapair/control/http2_json.hpp"
#include "apps/hapair/control/latency_json.hpp"
#include "apps/hapair/control/log_json.hpp"
#include "apps/hapair/control/reload_json.hpp"
#include "apps/hapair/control/status_targets.hpp"
#include "apps/hapair/control/tables_json.hpp"
#include "apps/hapair/version.hpp"
#include "apps/hapair/worker/metrics_job.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "liblb/core/backend.hpp"
#include "libvrrp/core/arp.hpp"

namespace hapair::worker {
namespace {

/// Of more servers no distributions are told.
constexpr std::size_t kMaxServerHistograms = 1000;

control::LoopLagStatus lag_of(const base::Histogram& lateness) {
  return {.p50 = lateness.quantile(0.5),
          .p99 = lateness.quantile(0.99),
          .p999 = lateness.quantile(0.999),
          .max = lateness.max(),
          .samples = lateness.count()};
}

control::GuardianStatus guardian_of(const guardian::SharedPage& page) {
  const guardian::AdvertLateness lateness = page.advert_lateness();
  return {.real_time = page.exact_times().real_time,
          .memory_locked = page.exact_times().memory_locked,
          .advert_lateness = {.p50 = lateness.p50,
                              .p99 = lateness.p99,
                              .p999 = lateness.p999,
                              .max = lateness.max,
                              .samples = lateness.adverts}};
}

std::string_view name_of(config::LogWhat what) {
  switch (what) {
    case config::LogWhat::kBoth:
      return "both";
    case config::LogWhat::kRecords:
      return "records";
    case config::LogWhat::kAccess:
      return "access";
  }
  return {};
}

std::vector<control::LogStatus> logs_of(const LogTargets& log) {
  std::vector<control::LogStatus> logs;
  for (std::size_t i = 0; i < log.targets().size(); ++i) {
    const LogTargets::Target& target = log.targets()[i];
    const config::LogTarget& wanted = log.wanted(i);
    logs.push_back({.target = target.sink.name(),
                    .what = std::string(name_of(wanted.what)),
                    .level = log.state(i).level,
                    .configured_level = wanted.level,
                    .enabled = log.state(i).enabled,
                    .written = target.sink.written(),
                    .held_back = target.sink.held_back(),
                    .dropped = target.sink.dropped(),
                    .fault = target.sink.fault()});
  }
  return logs;
}

std::vector<control::PeerStatus> peers_of(const vrrp::Router& router, base::Instant now) {
  std::vector<control::PeerStatus> peers;
  for (const vrrp::PeerHeard& peer : router.peers().peers()) {
    peers.push_back({.address = peer.address,
                     .priority = peer.priority,
                     .advert_interval = peer.interval,
                     .silent_for = now - peer.last_heard,
                     .adverts = peer.adverts,
                     .is_signed = peer.is_signed});
  }
  return peers;
}

/// Us, or the router that was heard last of those that have not resigned.
std::string master_of(const vrrp::Router& router, base::Instant now) {
  if (router.election().state() == vrrp::State::kMaster) {
    return router.settings().own_address.to_string();
  }
  const vrrp::PeerHeard* master = router.peers().master(now);
  return master == nullptr ? std::string() : master->address.to_string();
}

std::vector<control::NamedCount> drops_of(const vrrp::Router& router) {
  std::vector<control::NamedCount> drops;
  for (std::size_t i = 0; i < vrrp::kDropReasons; ++i) {
    const auto reason = static_cast<vrrp::DropReason>(i);
    const std::uint64_t count = router.checks().dropped().of(reason);
    if (count > 0) drops.push_back({std::string(vrrp::to_string(reason)), count});
  }
  return drops;
}

control::VipFigures figures_of(const vrrp::Router& router, const guardian::GroupFigures& guardian) {
  const vrrp::RouterFigures& own = router.figures();
  control::VipFigures figures{.adverts_sent = guardian.adverts,
                              .farewells_sent = guardian.farewells,
                              .adverts_heard = own.adverts,
                              .farewells_heard = own.farewells,
                              .silence = own.silence,
                              .placing = guardian.placing};
  for (std::size_t from = 0; from < vrrp::kStates; ++from) {
    for (std::size_t to = 0; to < vrrp::kStates; ++to) {
      const std::uint64_t count = own.transitions[from][to];
      if (count == 0) continue;
      figures.transitions.push_back(
          {.from = std::string(vrrp::to_string(static_cast<vrrp::State>(from))),
           .to = std::string(vrrp::to_string(static_cast<vrrp::State>(to))),
           .count = count});
    }
  }
  return figures;
}

std::vector<control::NamedCount> alarms_of(const vrrp::Router& router) {
  std::vector<control::NamedCount> alarms;
  for (std::size_t i = 0; i < vrrp::kAlarmKinds; ++i) {
    const auto kind = static_cast<vrrp::AlarmKind>(i);
    if (router.alarms(kind) == 0) continue;
    alarms.push_back({std::string(vrrp::to_string(kind)), router.alarms(kind)});
  }
  return alarms;
}

bool would_take_over(const vrrp::HelloPeer& peer, const vrrp::HelloVip& vip) {
  return peer.present && vip.role == vrrp::State::kBackup && vip.verdict != vrrp::Verdict::kUnfit;
}

void fill_report(control::NodeStatus& status, const vrrp::HelloPeer& peer) {
  status.version = peer.report.version;
  status.config_hash = peer.report.config_hash;
  for (const vrrp::HelloVip& vip : peer.report.vips) {
    status.vips.push_back({.name = vip.name,
                           .role = std::string(vrrp::to_string(vip.role)),
                           .verdict = std::string(vrrp::to_string(vip.verdict)),
                           .priority = vip.priority,
                           .would_take_over = would_take_over(peer, vip)});
  }
  for (const vrrp::HelloBackend& backend : peer.report.backends) {
    status.backends.push_back({.name = backend.name, .count = backend.usable});
  }
}

control::HelloStatus hello_of(const vrrp::HelloLink& link) {
  const vrrp::HelloDrops& drops = link.exchange().drops();
  control::HelloStatus status{
      .on = true, .sent = link.counters().sent, .unsent = link.counters().unsent, .dropped = {}};
  for (const auto& [name, count] : {std::pair{"stranger", link.counters().strangers},
                                    {"not-ours", drops.not_ours},
                                    {"unproven", drops.unproven},
                                    {"replay", drops.replayed}}) {
    if (count > 0) status.dropped.push_back({.name = name, .count = count});
  }
  return status;
}

void fill_role(control::VipStatus& status, const vrrp::Router& router) {
  status.role = vrrp::to_string(router.election().state());
  for (const vrrp::RoleChange& change : router.history()) {
    status.transitions.push_back({.time = change.wall,
                                  .from = std::string(vrrp::to_string(change.from)),
                                  .to = std::string(vrrp::to_string(change.to)),
                                  .reason = change.reason});
  }
  if (router.history().empty()) return;
  status.reason = router.history().back().reason;
  status.since = router.history().back().wall;
}

std::string failback_text(const config::Failback& failback) {
  switch (failback.kind) {
    case config::Failback::Kind::kImmediate:
      return "immediate";
    case config::Failback::Kind::kNever:
      return "never";
    case config::Failback::Kind::kAfter:
      return base::format_duration(failback.stable);
  }
  return {};
}

}  // namespace

WorkerStatus::WorkerStatus(const StatusParts& parts) : parts_(parts), started_(event::now()) {}

control::Status WorkerStatus::pair() const {
  const base::Instant now = event::now();
  const config::Model& model = parts_->model;
  control::Status status;
  status.now = event::wall_now();
  status.cluster = model.cluster.name;
  status.node = model.node().name;
  status.version = kVersion;
  status.pid = ::getpid();
  status.uptime = now - started_;
  status.cpu_time = event::cpu_time();
  status.config_hash = model.hash;
  status.loop_lag = lag_of(parts_->heartbeat.lag());
  status.guardian = guardian_of(parts_->page);
  if (parts_->hello != nullptr) {
    status.hello = hello_of(parts_->hello->link());
    status.nodes = node_statuses(now);
  }
  for (std::size_t vip = 0; vip < model.vips.size(); ++vip) {
    status.vips.push_back(vip_status(vip, now));
  }
  return status;
}

control::Status WorkerStatus::status() const {
  control::Status status = without_targets();
  status.targets = control::target_statuses(parts_->health.registry());
  return status;
}

control::Status WorkerStatus::without_targets() const {
  control::Status status = outline();
  status.traffic = parts_->engine.stats();
  return status;
}

control::Status WorkerStatus::outline() const {
  const config::Model& model = parts_->model;
  control::Status status = pair();
  status.logs = logs_of(parts_->log);
  status.journal.last = parts_->journal.last_number();
  status.journal.file = parts_->journal_feed != nullptr;
  if (status.journal.file) status.journal.dropped = parts_->journal_feed->dropped();
  for (std::size_t notify = 0; notify < model.notifies.size(); ++notify) {
    status.notifies.push_back(notify_status(notify));
  }
  status.certificates = certificate_statuses();
  status.maps = map_statuses();
  status.shortages = shortage_statuses();
  status.reload = parts_->reload;
  status.check = parts_->check;
  status.drift = drift();
  status.names = name_statuses();
  status.alerts = alert_statuses();
  return status;
}

control::Readiness WorkerStatus::readiness() const {
  const config::Model& model = parts_->model;
  control::Readiness found;
  if (parts_->engine.leaves()) {
    found.reasons.push_back({"leaving", model.node().name, "this node, or a VIP of it, leaves"});
  }
  for (std::size_t vip = 0; vip < model.vips.size(); ++vip) {
    const std::string& name = model.vips[vip].name;
    const std::string& maintenance = parts_->vips.conditions().maintenance(vip);
    if (!maintenance.empty()) {
      found.reasons.push_back({"maintenance", name, maintenance});
      continue;
    }
    const vrrp::Router& router = *parts_->vips.routers()[vip];
    if (router.election().fitness().verdict != vrrp::Verdict::kUnfit) continue;
    found.reasons.push_back(
        {"vip_fault", name, "this node can't take the VIP; see `hapair explain`"});
  }
  for (std::size_t i = 0; i < model.backends.size(); ++i) {
    const bool used = std::ranges::any_of(
        model.frontends, [i](const config::Frontend& each) { return each.uses(i); });
    if (!used || parts_->engine.backend(i).usable_servers() > 0) continue;
    found.reasons.push_back({"backend_down", model.backends[i].name, "no server of it is usable"});
  }
  return found;
}

std::vector<control::DriftStatus> WorkerStatus::drift() const {
  std::vector<control::DriftStatus> all = parts_->changes.drift();
  const check::Registry& registry = parts_->health.registry();
  for (const check::TargetId id : registry.ids()) {
    const check::Target& target = registry.get(id);
    if (target.order == check::Order::kNone) continue;
    all.push_back({.kind = "order",
                   .subject = target.name,
                   .path = {},
                   .file = {},
                   .now = std::string(check::to_string(target.order)),
                   .reason = target.order_reason});
  }
  for (std::size_t vip = 0; vip < parts_->model.vips.size(); ++vip) {
    const std::string& order = parts_->vips.conditions().maintenance(vip);
    if (order.empty()) continue;
    all.push_back({.kind = "maintenance",
                   .subject = parts_->model.vips[vip].name,
                   .path = {},
                   .file = {},
                   .now = "on",
                   .reason = order});
  }
  return all;
}

std::string WorkerStatus::reload() const {
  return control::render_reload(parts_->reload, ::getpid());
}

std::string WorkerStatus::log() const {
  return control::render_log(parts_->model.node().name, logs_of(parts_->log));
}

std::string WorkerStatus::config(bool whole) const {
  return control::render_config(
      parts_->model.node().name, parts_->model.hash,
      whole ? parts_->config_text : config::without_secrets(parts_->config_text), !whole);
}

std::string WorkerStatus::errors() const {
  return control::render_errors(parts_->model.node().name, event::wall_now(),
                                parts_->engine.malformed());
}

std::string WorkerStatus::latency() const {
  return control::render_latency(parts_->model.node().name, event::wall_now(),
                                 parts_->engine.latencies());
}

control::SessionsFacts WorkerStatus::sessions() const {
  return {.book = parts_->engine.sessions(),
          .node = parts_->model.node().name,
          .now = event::wall_now()};
}

std::string WorkerStatus::drill() const {
  if (parts_->drilling != nullptr) return control::render_drill(parts_->drilling->view());
  return control::render_drill({.node = parts_->model.node().name, .drill = vrrp::Drill()});
}

control::MetricsFacts WorkerStatus::metrics_of(control::Status status) const {
  const config::Metrics& wanted = parts_->model.metrics;
  control::MetricsFacts facts(std::move(status), parts_->engine.latencies(), parts_->engine.http2(),
                              parts_->engine.server_latencies(kMaxServerHistograms));
  facts.haproxy_names = wanted.haproxy_names;
  facts.keepalived_names = wanted.keepalived_names;
  facts.max_connections = parts_->model.process.max_connections;
  return facts;
}

std::unique_ptr<control::PiecedDocument> WorkerStatus::metrics_document() const {
  return std::make_unique<MetricsJob>(*this, parts_->engine, parts_->health.registry());
}

std::string WorkerStatus::http2() const {
  return control::render_http2(parts_->model.node().name, event::wall_now(),
                               parts_->engine.http2());
}

std::string WorkerStatus::tables() const {
  return control::render_tables(parts_->model.node().name, event::wall_now(),
                                parts_->engine.keeping());
}

std::vector<control::NodeStatus> WorkerStatus::node_statuses(base::Instant now) const {
  std::vector<control::NodeStatus> nodes;
  for (const vrrp::HelloPeer& peer : parts_->hello->link().exchange().peers()) {
    const auto node =
        std::ranges::find(parts_->model.cluster.nodes, peer.name, &config::Node::name);
    control::NodeStatus status;
    status.name = peer.name;
    status.address = node->address.to_string();
    status.present = peer.present;
    status.heard = peer.hellos > 0;
    status.silent_for = now - peer.heard;
    status.hellos = peer.hellos;
    status.clock_ahead = peer.ahead;
    fill_report(status, peer);
    nodes.push_back(std::move(status));
  }
  return nodes;
}

std::vector<control::UnusableScript> WorkerStatus::unusable_scripts(std::size_t notify) const {
  const config::Notify& config = parts_->model.notifies[notify];
  std::vector<std::size_t> scripts;
  for (const auto& script : config.by_state) {
    if (script) scripts.push_back(*script);
  }
  if (config.any) scripts.push_back(*config.any);
  std::vector<control::UnusableScript> unusable;
  for (const std::size_t script : scripts) {
    const std::string& reason = parts_->scripts.unfit(script);
    if (reason.empty()) continue;
    unusable.push_back({.script = parts_->model.scripts[script].argv.front(), .reason = reason});
  }
  return unusable;
}

control::NotifyStatus WorkerStatus::notify_status(std::size_t notify) const {
  const config::Model& model = parts_->model;
  const NotifyHistory& history = parts_->scripts.histories()[notify];
  control::NotifyStatus status{.name = model.notifies[notify].name,
                               .group = model.notifies[notify].group,
                               .available = parts_->scripts.available(),
                               .told = {},
                               .runs = history.runs,
                               .failures = history.failures,
                               .skipped = history.skipped,
                               .lost = history.lost,
                               .running = history.running,
                               .unusable = unusable_scripts(notify),
                               .last = {}};
  if (history.told) status.told = vrrp::to_string(*history.told);
  if (!history.last) return status;
  const NotifyHistory::Last& last = *history.last;
  status.last = control::NotifyRunStatus{.ended = last.ended,
                                         .state = std::string(vrrp::to_string(last.state)),
                                         .script = model.scripts[last.script].argv.front(),
                                         .good = last.result.good(),
                                         .how = last.result.how(),
                                         .took = last.result.took,
                                         .line = last.result.line};
  return status;
}

std::vector<control::CertificateStatus> WorkerStatus::certificate_statuses() const {
  std::vector<control::CertificateStatus> all;
  for (const ServedCertificate& each : parts_->tls.served()) {
    const tls::Certificate& certificate = each.certificate;
    all.push_back({.path = each.path,
                   .subject = certificate.subject(),
                   .names = certificate.names(),
                   .key = std::string(tls::to_string(certificate.key_kind())),
                   .not_before = certificate.not_before(),
                   .not_after = certificate.not_after(),
                   .fingerprint = certificate.fingerprint()});
  }
  return all;
}

std::vector<control::ShortageStatus> WorkerStatus::shortage_statuses() const {
  std::vector<control::ShortageStatus> all;
  for (Shortage::View& each : parts_->shortage.views()) {
    all.push_back({.resource = std::move(each.resource),
                   .stage = static_cast<unsigned>(each.stage),
                   .gives_up = std::string(lb::to_string(each.stage)),
                   .used = each.used,
                   .limit = each.limit,
                   .refusals = each.refusals,
                   .since = each.since,
                   .remedy = std::move(each.remedy)});
  }
  return all;
}

std::vector<control::MapStatus> WorkerStatus::map_statuses() const {
  std::vector<control::MapStatus> all;
  const std::vector<RuleFiles::MapView>& views = parts_->rule_files.maps();
  for (std::size_t i = 0; i < views.size(); ++i) {
    const config::RuleMap& map = parts_->model.maps[i];
    all.push_back({.name = map.name,
                   .file = parts_->model.tls_files[map.file].path,
                   .keys = views[i].keys,
                   .digest = views[i].digest,
                   .fault = views[i].fault});
  }
  return all;
}

std::vector<control::NameStatus> WorkerStatus::name_statuses() const {
  std::vector<control::NameStatus> all;
  for (const ServerNames::View& each : parts_->names.views()) {
    all.push_back({.server = each.subject,
                   .name = each.watch->settings().name,
                   .service = each.watch->settings().service,
                   .state = std::string(lb::to_string(each.watch->state())),
                   .reason = each.watch->why(),
                   .since = each.since,
                   .servers = each.watch->servers(),
                   .questions = each.questions,
                   .failures = each.failures});
  }
  return all;
}

std::vector<control::AlertStatus> WorkerStatus::alert_statuses() const {
  std::vector<control::AlertStatus> all;
  for (const AlertWiring::View& each : parts_->alerts.views()) {
    const config::Alert& alert = *each.alert;
    const std::string where = alert.address ? base::Endpoint{*alert.address, alert.port}.to_string()
                                            : base::concat(alert.host, ":", alert.port);
    all.push_back({.name = alert.name,
                   .type = alert.to.empty() ? "webhook" : "mail",
                   .receiver = where,
                   .waiting = each.queue->waiting(),
                   .messages = each.queue->messages(),
                   .failures = each.queue->failures(),
                   .lost = each.queue->lost(),
                   .fault = each.fault,
                   .last = each.last});
  }
  for (const auto& each : parts_->commands.commands()) {
    all.push_back({.name = each->alert.name,
                   .type = "command",
                   .receiver = parts_->model.scripts[*each->alert.script].argv.front(),
                   .waiting = each->queue.waiting() + each->queue.running(),
                   .messages = each->queue.runs(),
                   .failures = each->queue.failures(),
                   .lost = each->queue.lost(),
                   .fault = each->fault,
                   .last = each->last});
  }
  return all;
}

control::VipStatus WorkerStatus::vip_status(std::size_t vip, base::Instant now) const {
  const config::Vip& config = parts_->model.vips[vip];
  const vrrp::Router& router = *parts_->vips.routers()[vip];
  control::VipStatus status;
  status.name = config.name;
  fill_role(status, router);
  status.router_id = config.router_id;
  status.version = config.version;
  status.interface = config.interface;
  for (const config::VipAddress& each : config.addresses) {
    status.addresses.push_back(each.prefix.to_string());
  }
  status.priority = config.priority;
  status.effective_priority = router.election().priority();
  status.advert_interval = config.advert_interval;
  status.signatures = vrrp::to_string(router.settings().signatures);
  status.failback = failback_text(config.failback);
  if (const auto* group = parts_->model.sync_group_of(vip)) status.sync_group = group->name;
  status.claims = router.election().claims();
  status.yields = router.election().yields();
  if (const auto at = router.election().would_be_master_at()) {
    status.would_be_master_in = std::max(*at - now, base::Duration::zero());
  }
  status.master_address = master_of(router, now);
  const auto mac_of = [&config](base::Family family) {
    if (!config.has_virtual_mac(family)) return std::string();
    return vrrp::to_string(vrrp::virtual_mac(config.router_id, family));
  };
  status.virtual_mac = mac_of(base::Family::kIpv4);
  status.virtual_mac6 = mac_of(base::Family::kIpv6);
  status.routes_fault = parts_->vips.routes_fault(vip);
  status.verdict = vrrp::to_string(router.election().fitness().verdict);
  for (vrrp::TrackedCondition& condition : parts_->vips.conditions().of(vip)) {
    status.tracks.push_back({.name = std::move(condition.name),
                             .met = condition.met,
                             .detail = std::move(condition.detail),
                             .penalty = condition.penalty,
                             .fault = condition.verdict == vrrp::Verdict::kUnfit});
  }
  status.peers = peers_of(router, now);
  status.times_master = router.times_master();
  status.dropped = drops_of(router);
  status.alarms = alarms_of(router);
  status.figures = figures_of(router, parts_->page.figures(vip));
  status.deadline_lateness = lag_of(router.lateness());
  return status;
}

}  // namespace hapair::worker
