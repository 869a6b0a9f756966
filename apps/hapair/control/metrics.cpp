#include "apps/hapair/control/metrics.hpp"

#include <array>
#include <span>

#include "apps/hapair/control/metrics_text.hpp"

namespace hapair::control {
namespace {

using enum MetricsText::Type;
using lb::StatsRow;
using lb::StatsRowType;

/// A family with a sample of each row of one type that has the number.
struct RowFamily {
  std::string_view name;
  MetricsText::Type type;
  std::string_view help;
  lb::StatsNumber StatsRow::* number;
};

constexpr RowFamily kFrontendFamilies[] = {
    {"frontend_connections", kGauge, "Client connections now.", &StatsRow::scur},
    {"frontend_connections_limit", kGauge, "Client connections at once.", &StatsRow::slim},
    {"frontend_connections_total", kCounter, "Client connections taken.", &StatsRow::stot},
    {"frontend_connections_denied_total", kCounter,
     "Client connections that were over a limit of their address.", &StatsRow::dcon},
    {"frontend_requests_total", kCounter, "HTTP requests.", &StatsRow::req_tot},
    {"frontend_requests_denied_total", kCounter, "Requests that a rule refused.", &StatsRow::dreq},
    {"frontend_request_errors_total", kCounter,
     "Requests that were malformed, too large, too slow or given up.", &StatsRow::ereq},
    {"frontend_internal_errors_total", kCounter, "Failures for want of something of our own.",
     &StatsRow::eint},
    {"frontend_received_bytes_total", kCounter, "Bytes from clients.", &StatsRow::bin},
    {"frontend_sent_bytes_total", kCounter, "Bytes to clients.", &StatsRow::bout},
    {"frontend_accept_pauses_total", kCounter, "Times that a limit made clients wait.",
     &StatsRow::accept_pauses},
};

constexpr RowFamily kBackendFamilies[] = {
    {"backend_queue", kGauge, "Requests that wait for a server.", &StatsRow::qcur},
    {"backend_exchanges", kGauge, "Requests, or connections of mode tcp, under way.",
     &StatsRow::scur},
    {"backend_exchanges_total", kCounter, "Requests, or connections of mode tcp.", &StatsRow::stot},
    {"backend_servers_usable", kGauge, "Servers that traffic goes to.", &StatsRow::act},
    {"backend_backup_servers_usable", kGauge, "Backup servers that are usable.", &StatsRow::bck},
    {"backend_received_bytes_total", kCounter, "Bytes from clients.", &StatsRow::bin},
    {"backend_sent_bytes_total", kCounter, "Bytes to clients.", &StatsRow::bout},
    {"backend_connect_errors_total", kCounter, "Connections to servers that failed.",
     &StatsRow::econ},
    {"backend_response_errors_total", kCounter,
     "Responses that were malformed, cut short or too slow.", &StatsRow::eresp},
    {"backend_retries_total", kCounter, "Attempts that were made again.", &StatsRow::wretr},
    {"backend_redispatches_total", kCounter, "Attempts that went to another server.",
     &StatsRow::wredis},
    {"backend_client_aborts_total", kCounter, "Transfers that the client gave up.",
     &StatsRow::cli_abrt},
    {"backend_server_aborts_total", kCounter, "Transfers that the server gave up.",
     &StatsRow::srv_abrt},
};

constexpr RowFamily kServerFamilies[] = {
    {"server_queue", kGauge, "Requests that wait for this server.", &StatsRow::qcur},
    {"server_exchanges", kGauge, "Requests, or connections of mode tcp, under way.",
     &StatsRow::scur},
    {"server_exchanges_total", kCounter, "Requests, or connections of mode tcp.", &StatsRow::stot},
    {"server_weight", kGauge, "The share of the traffic that it has now.", &StatsRow::weight},
    {"server_idle_connections", kGauge, "Connections that are kept for the next request.",
     &StatsRow::idle_conn_cur},
    {"server_connects_total", kCounter, "New connections.", &StatsRow::connect},
    {"server_reuses_total", kCounter, "Requests on a connection that stood already.",
     &StatsRow::reuse},
    {"server_received_bytes_total", kCounter, "Bytes from clients.", &StatsRow::bin},
    {"server_sent_bytes_total", kCounter, "Bytes to clients.", &StatsRow::bout},
    {"server_connect_errors_total", kCounter, "Connections that failed.", &StatsRow::econ},
    {"server_response_errors_total", kCounter,
     "Responses that were malformed, cut short or too slow.", &StatsRow::eresp},
    {"server_observed_failures_total", kCounter,
     "Times that its traffic met with too many errors in a row.", &StatsRow::hanafail},
};

constexpr std::array<std::string_view, 6> kClasses = {"1xx", "2xx", "3xx", "4xx", "5xx", "other"};

void write_row(MetricsText& text, const StatsRow& row, std::uint64_t value,
               std::string_view code = {}) {
  const bool server = row.type == StatsRowType::kServer;
  text.sample({{row.type == StatsRowType::kFrontend ? "frontend" : "backend", row.pxname},
               {"server", server ? std::string_view(row.svname) : std::string_view()},
               {"code", code}},
              value);
}

void write_rows(MetricsText& text, const Status& status, StatsRowType type,
                std::span<const RowFamily> families) {
  for (const RowFamily& family : families) {
    text.family(family.name, family.type, family.help);
    for (const StatsRow& row : status.traffic.rows) {
      const lb::StatsNumber& number = row.*family.number;
      if (row.type == type && number) write_row(text, row, *number);
    }
  }
}

void write_responses(MetricsText& text, const Status& status, StatsRowType type,
                     std::string_view name, std::string_view help) {
  text.family(name, kCounter, help);
  for (const StatsRow& row : status.traffic.rows) {
    if (row.type != type) continue;
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
      if (row.hrsp[i]) write_row(text, row, *row.hrsp[i], kClasses[i]);
    }
  }
}

void write_traffic(MetricsText& text, const Status& status) {
  write_rows(text, status, StatsRowType::kFrontend, kFrontendFamilies);
  write_responses(text, status, StatsRowType::kFrontend, "frontend_responses_total",
                  "Responses to clients, by class.");
  write_rows(text, status, StatsRowType::kBackend, kBackendFamilies);
  write_responses(text, status, StatsRowType::kBackend, "backend_responses_total",
                  "Responses of servers, by class.");
  text.family("backend_panic", kGauge,
              "Too few servers are usable: traffic goes to those that are down too.");
  for (const StatsRow& row : status.traffic.rows) {
    if (row.type == StatsRowType::kBackend) text.flag({{"backend", row.pxname}}, row.panics);
  }
  write_rows(text, status, StatsRowType::kServer, kServerFamilies);
  write_responses(text, status, StatsRowType::kServer, "server_responses_total",
                  "Responses, by class.");
}

struct FrontendTimes {
  std::string_view name;
  std::string_view help;
  base::Histogram lb::FrontendLatency::* times;
};
constexpr FrontendTimes kFrontendTimes[] = {
    {"frontend_request_seconds", "From a request's first byte to its complete head.",
     &lb::FrontendLatency::request},
    {"frontend_total_seconds",
     "From a request's first byte to the last one of its response; mode tcp: of a connection.",
     &lb::FrontendLatency::total},
};
struct BackendTimes {
  std::string_view name;
  std::string_view help;
  base::Histogram lb::BackendLatency::* times;
};
constexpr BackendTimes kBackendTimes[] = {
    {"backend_queue_seconds", "The wait for a server with room.", &lb::BackendLatency::queue},
    {"backend_connect_seconds", "For a new connection to a server to stand.",
     &lb::BackendLatency::connect},
    {"backend_response_seconds", "From there to the response's head.",
     &lb::BackendLatency::response},
    {"backend_total_seconds", "From the complete request head to the end of the response.",
     &lb::BackendLatency::total},
};

void write_times(MetricsText& text, const std::vector<lb::LatencyView>& latencies) {
  for (const FrontendTimes& family : kFrontendTimes) {
    text.family(family.name, kHistogram, family.help);
    for (const lb::LatencyView& view : latencies) {
      if (view.frontend == nullptr) continue;
      text.sample({{"frontend", view.proxy}}, view.frontend->*family.times);
    }
  }
  for (const BackendTimes& family : kBackendTimes) {
    text.family(family.name, kHistogram, family.help);
    for (const lb::LatencyView& view : latencies) {
      if (view.backend == nullptr) continue;
      text.sample({{"backend", view.proxy}}, view.backend->*family.times);
    }
  }
}

struct Http2Family {
  std::string_view name;
  std::string_view help;
  std::uint64_t lb::H2Counters::* number;
};
constexpr Http2Family kHttp2Families[] = {
    {"http2_connections_total", "Connections that speak HTTP/2.",
     &lb::H2Counters::connections_total},
    {"http2_streams_total", "Streams.", &lb::H2Counters::streams_total},
    {"http2_peer_resets_total", "Streams that the peer gave up.", &lb::H2Counters::peer_resets},
    {"http2_stream_errors_total", "Streams that were reset for the peer's fault.",
     &lb::H2Counters::stream_errors},
    {"http2_connection_errors_total", "Connections that were ended for the peer's fault.",
     &lb::H2Counters::connection_errors},
};

void write_http2(MetricsText& text, const std::vector<lb::H2View>& views) {
  for (const Http2Family& family : kHttp2Families) {
    text.family(family.name, kCounter, family.help);
    for (const lb::H2View& view : views) {
      text.sample({{"proxy", view.proxy}, {"side", view.servers ? "servers" : "clients"}},
                  view.counters->*family.number);
    }
  }
  text.family("http2_floods_total", kCounter, "Connections that were ended for a flood, by kind.");
  for (const lb::H2View& view : views) {
    for (std::size_t i = 0; i < lb::kH2FloodKinds; ++i) {
      text.sample({{"proxy", view.proxy},
                   {"side", view.servers ? "servers" : "clients"},
                   {"kind", to_text(static_cast<lb::H2Flood>(i))}},
                  view.counters->floods[i]);
    }
  }
}

/// A family with a sample for each thing of a list.
template <class Thing, class Write>
void write_each(MetricsText& text, std::string_view name, MetricsText::Type type,
                std::string_view help, const std::vector<Thing>& things, Write write) {
  text.family(name, type, help);
  for (const Thing& thing : things) write(thing);
}

void write_targets(MetricsText& text, const Status& status) {
  using Target = TargetStatus;
  const auto& targets = status.targets;
  write_each(text, "target_usable", kGauge, "Whether traffic goes to it: it is up or degraded.",
             targets, [&](const Target& target) {
               text.flag({{"target", target.name}},
                         target.state == "up" || target.state == "degraded");
             });
  write_each(text, "target_state", kGauge, "1 for the state that it is in.", targets,
             [&](const Target& target) {
               text.flag({{"target", target.name}, {"state", target.state}}, true);
             });
  write_each(text, "target_checks_total", kCounter, "Results of its checks.", targets,
             [&](const Target& target) { text.sample({{"target", target.name}}, target.checks); });
  write_each(
      text, "target_check_failures_total", kCounter, "Bad results of its checks.", targets,
      [&](const Target& target) { text.sample({{"target", target.name}}, target.failures); });
  write_each(
      text, "target_down_total", kCounter, "Times that it went down.", targets,
      [&](const Target& target) { text.sample({{"target", target.name}}, target.times_down); });
  write_each(text, "target_check_duration_seconds", kGauge, "How long its last check took.",
             targets, [&](const Target& target) {
               if (target.last_checks.empty()) return;
               text.sample({{"target", target.name}}, target.last_checks.front().duration);
             });
}

void write_vips(MetricsText& text, const Status& status) {
  constexpr std::string_view kRoles[] = {"initialize", "backup", "master", "fault"};
  const auto& vips = status.vips;
  write_each(text, "vrrp_state", kGauge, "1 for the state that this node is in.", vips,
             [&](const VipStatus& vip) {
               for (const std::string_view role : kRoles) {
                 text.flag({{"vip", vip.name}, {"state", role}}, vip.role == role);
               }
             });
  write_each(text, "vrrp_became_master_total", kCounter, "Times that this node became master.",
             vips,
             [&](const VipStatus& vip) { text.sample({{"vip", vip.name}}, vip.times_master); });
  write_each(text, "vrrp_priority", kGauge, "Of this node, less what is tracked and unmet.", vips,
             [&](const VipStatus& vip) {
               text.sample({{"vip", vip.name}}, std::uint64_t{vip.effective_priority});
             });
  write_each(text, "vrrp_advert_interval_seconds", kGauge, "Between adverts.", vips,
             [&](const VipStatus& vip) { text.sample({{"vip", vip.name}}, vip.advert_interval); });
  write_each(text, "vrrp_peer_adverts_total", kCounter, "Adverts heard of another router.", vips,
             [&](const VipStatus& vip) {
               for (const PeerStatus& peer : vip.peers) {
                 text.sample({{"vip", vip.name}, {"peer", peer.address.to_string()}}, peer.adverts);
               }
             });
  write_each(text, "vrrp_dropped_packets_total", kCounter, "Packets that were dropped, by reason.",
             vips, [&](const VipStatus& vip) {
               for (const NamedCount& each : vip.dropped) {
                 text.sample({{"vip", vip.name}, {"reason", each.name}}, each.count);
               }
             });
  write_each(text, "vrrp_alarms_total", kCounter, "Alarms about other routers, by kind.", vips,
             [&](const VipStatus& vip) {
               for (const NamedCount& each : vip.alarms) {
                 text.sample({{"vip", vip.name}, {"kind", each.name}}, each.count);
               }
             });
  write_each(text, "node_present", kGauge, "Whether another node's hellos are heard.", status.nodes,
             [&](const NodeStatus& node) { text.flag({{"node", node.name}}, node.present); });
}

/// How late something is: quantiles since the start.
void write_lateness(MetricsText& text, std::string_view name, std::string_view help,
                    const LoopLagStatus& lag) {
  text.family(name, kSummary, help);
  text.sample({{"quantile", "0.5"}}, lag.p50);
  text.sample({{"quantile", "0.99"}}, lag.p99);
  text.sample({{"quantile", "0.999"}}, lag.p999);
  text.sample({{"quantile", "1"}}, lag.max);
  text.count({}, lag.samples);
}

void write_node(MetricsText& text, const Status& status) {
  text.family("build_info", kGauge, "1; the labels say what runs.");
  text.flag({{"version", status.version}, {"cluster", status.cluster}, {"node", status.node}},
            true);
  text.family("config_info", kGauge, "1; the label is the SHA-256 of the file.");
  text.flag({{"sha256", status.config_hash}}, true);
  text.family("uptime_seconds", kGauge, "Since the worker started.");
  text.sample({}, status.uptime);
  write_lateness(text, "loop_lag_seconds", "How late the loop's timers are.", status.loop_lag);
  write_lateness(text, "advert_lateness_seconds", "How late adverts leave.",
                 status.guardian.advert_lateness);
  text.family("buffers_used", kGauge, "Buffers for data in flight.");
  text.sample({}, status.traffic.buffers_used);
  text.family("buffers_limit", kGauge, "Buffers at once.");
  text.sample({}, status.traffic.buffers_limit);
  text.family("tls_handshakes", kGauge, "TLS handshakes of clients under way.");
  text.sample({}, status.traffic.handshakes);
  text.family("tls_handshakes_refused_total", kCounter,
              "Handshakes that gave way to newer ones, or found no room.");
  text.sample({}, status.traffic.handshakes_dropped + status.traffic.handshakes_refused);
}

void write_services(MetricsText& text, const Status& status) {
  write_each(text, "certificate_expiry_timestamp_seconds", kGauge,
             "When a certificate expires, in seconds since 1970.", status.certificates,
             [&](const CertificateStatus& certificate) {
               text.sample({{"path", certificate.path}, {"subject", certificate.subject}},
                           certificate.not_after.time_since_epoch());
             });
  write_each(
      text, "alert_messages_total", kCounter, "Messages that a receiver took.", status.alerts,
      [&](const AlertStatus& alert) { text.sample({{"alert", alert.name}}, alert.messages); });
  write_each(
      text, "alert_failures_total", kCounter, "Attempts that failed.", status.alerts,
      [&](const AlertStatus& alert) { text.sample({{"alert", alert.name}}, alert.failures); });
  write_each(text, "alert_lost_total", kCounter, "Changes that nobody was told of.", status.alerts,
             [&](const AlertStatus& alert) { text.sample({{"alert", alert.name}}, alert.lost); });
  write_each(
      text, "notify_failures_total", kCounter, "Notify scripts that failed.", status.notifies,
      [&](const NotifyStatus& notify) { text.sample({{"notify", notify.name}}, notify.failures); });
  write_each(text, "name_resolved", kGauge, "Whether a server's name is resolved.", status.names,
             [&](const NameStatus& name) {
               text.flag({{"server", name.server}}, name.state == "resolved");
             });
  write_each(text, "log_lines_total", kCounter, "Lines that were written.", status.logs,
             [&](const LogStatus& log) {
               text.sample({{"target", log.target}, {"what", log.what}}, log.written);
             });
  write_each(text, "log_dropped_lines_total", kCounter, "Lines that were dropped.", status.logs,
             [&](const LogStatus& log) {
               text.sample({{"target", log.target}, {"what", log.what}}, log.dropped);
             });
}

}  // namespace

std::string render_metrics(const Status& status, const std::vector<lb::LatencyView>& latencies,
                           const std::vector<lb::H2View>& http2) {
  MetricsText text;
  write_node(text, status);
  write_vips(text, status);
  write_targets(text, status);
  write_traffic(text, status);
  write_times(text, latencies);
  write_http2(text, http2);
  write_services(text, status);
  return text.take();
}

}  // namespace hapair::control
