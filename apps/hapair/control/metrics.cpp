#include "apps/hapair/control/metrics.hpp"

#include <array>
#include <span>
#include <utility>

#include "apps/hapair/control/metric_families.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using enum MetricsText::Type;
using lb::StatsRow;
using lb::StatsRowType;

using Families = MetricFamilies;

/// A family with a sample of each row that has the number.
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

void write_row(MetricsText& text, const StatsRow& row, std::uint64_t value,
               std::string_view code = {}) {
  const bool server = row.type == StatsRowType::kServer;
  text.sample({{row.type == StatsRowType::kFrontend ? "frontend" : "backend", row.pxname},
               {"server", server ? std::string_view(row.svname) : std::string_view()},
               {"code", code}},
              value);
}

using Rows = std::vector<const StatsRow*>;

void add_rows(Families& out, const Rows& rows, std::span<const RowFamily> families) {
  for (const RowFamily& family : families) {
    add_each(out, family.name, family.type, family.help, rows,
             [number = family.number](MetricsText& text, const StatsRow* row) {
               if (row->*number) write_row(text, *row, *(row->*number));
             });
  }
}

void add_responses(Families& out, const Rows& rows, std::string_view name, std::string_view help) {
  add_each(out, name, kCounter, help, rows, [](MetricsText& text, const StatsRow* row) {
    for (std::size_t i = 0; i < kResponseClasses.size(); ++i) {
      if (row->hrsp[i]) write_row(text, *row, *row->hrsp[i], kResponseClasses[i]);
    }
  });
}

void add_traffic(Families& out, const MetricRows& all) {
  const Rows& frontends = all.frontends;
  const Rows& backends = all.backends;
  const Rows& servers = all.servers;
  add_rows(out, frontends, kFrontendFamilies);
  add_responses(out, frontends, "frontend_responses_total", "Responses to clients, by class.");
  add_rows(out, backends, kBackendFamilies);
  add_responses(out, backends, "backend_responses_total", "Responses of servers, by class.");
  add_each(out, "backend_panic", kGauge,
           "Too few servers are usable: traffic goes to those that are down too.", backends,
           [](MetricsText& text, const StatsRow* row) {
             text.flag({{"backend", row->pxname}}, row->panics);
           });
  add_rows(out, servers, kServerFamilies);
  add_responses(out, servers, "server_responses_total", "Responses, by class.");
}

template <class Latency>
struct TimesFamily {
  std::string_view name;
  std::string_view help;
  base::Histogram Latency::* times;
};
constexpr TimesFamily<lb::FrontendLatency> kFrontendTimes[] = {
    {"frontend_request_seconds", "From a request's first byte to its complete head.",
     &lb::FrontendLatency::request},
    {"frontend_total_seconds",
     "From a request's first byte to the last one of its response; mode tcp: of a connection.",
     &lb::FrontendLatency::total},
};
constexpr TimesFamily<lb::BackendLatency> kBackendTimes[] = {
    {"backend_queue_seconds", "The wait for a server with room.", &lb::BackendLatency::queue},
    {"backend_connect_seconds", "For a new connection to a server to stand.",
     &lb::BackendLatency::connect},
    {"backend_response_seconds", "From there to the response's head.",
     &lb::BackendLatency::response},
    {"backend_total_seconds", "From the complete request head to the end of the response.",
     &lb::BackendLatency::total},
};

void add_times(Families& out, const MetricsFacts& facts) {
  for (const auto& family : kFrontendTimes) {
    add_each(out, family.name, kHistogram, family.help, facts.frontends,
             [times = family.times](MetricsText& text, const MetricsFacts::Frontend& each) {
               text.sample({{"frontend", each.name}}, each.times.*times);
             });
  }
  for (const auto& family : kBackendTimes) {
    add_each(out, family.name, kHistogram, family.help, facts.backends,
             [times = family.times](MetricsText& text, const MetricsFacts::Backend& each) {
               text.sample({{"backend", each.name}}, each.times.*times);
             });
  }
}

constexpr TimesFamily<lb::ServerLatency> kServerTimes[] = {
    {"server_connect_seconds", "For a new connection to stand.", &lb::ServerLatency::connect},
    {"server_response_seconds", "From there to the response's head.", &lb::ServerLatency::response},
    {"server_total_seconds", "From the complete request head to the end of the response.",
     &lb::ServerLatency::total},
};

void add_server_times(Families& out, const std::vector<MetricsFacts::Server>& servers) {
  for (const auto& family : kServerTimes) {
    add_each(out, family.name, kHistogram, family.help, servers,
             [times = family.times](MetricsText& text, const MetricsFacts::Server& each) {
               text.sample({{"backend", each.backend}, {"server", each.name}},
                           (*each.times).*times);
             });
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

void add_http2(Families& out, const std::vector<MetricsFacts::Http2>& sides) {
  for (const Http2Family& family : kHttp2Families) {
    add_each(out, family.name, kCounter, family.help, sides,
             [number = family.number](MetricsText& text, const MetricsFacts::Http2& each) {
               text.sample({{"proxy", each.proxy}, {"side", each.servers ? "servers" : "clients"}},
                           each.counters.*number);
             });
  }
  add_each(out, "http2_floods_total", kCounter, "Connections that were ended for a flood, by kind.",
           sides, [](MetricsText& text, const MetricsFacts::Http2& each) {
             for (std::size_t i = 0; i < lb::kH2FloodKinds; ++i) {
               text.sample({{"proxy", each.proxy},
                            {"side", each.servers ? "servers" : "clients"},
                            {"kind", to_text(static_cast<lb::H2Flood>(i))}},
                           each.counters.floods[i]);
             }
           });
}

void add_targets(Families& out, const Status& status) {
  using Target = TargetStatus;
  const auto& targets = status.targets;
  add_each(out, "target_usable", kGauge, "Whether traffic goes to it: it is up or degraded.",
           targets, [](MetricsText& text, const Target& target) {
             text.flag({{"target", target.name}},
                       target.state == "up" || target.state == "degraded");
           });
  add_each(out, "target_state", kGauge, "1 for the state that it is in.", targets,
           [](MetricsText& text, const Target& target) {
             text.flag({{"target", target.name}, {"state", target.state}}, true);
           });
  add_each(out, "target_checks_total", kCounter, "Results of its checks.", targets,
           [](MetricsText& text, const Target& target) {
             text.sample({{"target", target.name}}, target.checks);
           });
  add_each(out, "target_check_failures_total", kCounter, "Bad results of its checks.", targets,
           [](MetricsText& text, const Target& target) {
             text.sample({{"target", target.name}}, target.failures);
           });
  add_each(out, "target_down_total", kCounter, "Times that it went down.", targets,
           [](MetricsText& text, const Target& target) {
             text.sample({{"target", target.name}}, target.times_down);
           });
  add_each(out, "target_check_duration_seconds", kGauge, "How long its last check took.", targets,
           [](MetricsText& text, const Target& target) {
             if (target.last_checks.empty()) return;
             text.sample({{"target", target.name}}, target.last_checks.front().duration);
           });
}

/// How late something is: quantiles since the start.
void add_lateness(Families& out, std::string_view name, std::string_view help,
                  const LoopLagStatus& lag) {
  add_family(out, name, kSummary, help, [&lag](MetricsText& text) {
    text.sample({{"quantile", "0.5"}}, lag.p50);
    text.sample({{"quantile", "0.99"}}, lag.p99);
    text.sample({{"quantile", "0.999"}}, lag.p999);
    text.sample({{"quantile", "1"}}, lag.max);
    text.count({}, lag.samples);
  });
}

void add_node(Families& out, const Status& status) {
  add_family(
      out, "build_info", kGauge, "1; the labels say what runs.", [&status](MetricsText& text) {
        text.flag({{"version", status.version}, {"cluster", status.cluster}, {"node", status.node}},
                  true);
      });
  add_family(out, "config_info", kGauge, "1; the label is the SHA-256 of the file.",
             [&status](MetricsText& text) { text.flag({{"sha256", status.config_hash}}, true); });
  add_family(out, "uptime_seconds", kGauge, "Since the worker started.",
             [&status](MetricsText& text) { text.sample({}, status.uptime); });
  add_lateness(out, "loop_lag_seconds", "How late the loop's timers are.", status.loop_lag);
  add_lateness(out, "advert_lateness_seconds", "How late adverts leave.",
               status.guardian.advert_lateness);
  const auto& traffic = status.traffic;
  add_family(out, "buffers_used", kGauge, "Buffers for data in flight.",
             [&traffic](MetricsText& text) { text.sample({}, traffic.buffers_used); });
  add_family(out, "buffers_limit", kGauge, "Buffers at once.",
             [&traffic](MetricsText& text) { text.sample({}, traffic.buffers_limit); });
  add_each(
      out, "shortage_stage", kGauge,
      "What is given up as a resource is short: 0 nothing, 1 new clients, 2 idle connections, 3 "
      "caches.",
      status.shortages, [](MetricsText& text, const ShortageStatus& each) {
        text.sample({{"resource", each.resource}}, std::uint64_t{each.stage});
      });
  add_each(out, "resource_used", kGauge, "Descriptors of traffic in use; bytes of memory.",
           status.shortages, [](MetricsText& text, const ShortageStatus& each) {
             text.sample({{"resource", each.resource}}, each.used);
           });
  add_each(out, "resource_limit", kGauge, "Of these; 0: there is none.", status.shortages,
           [](MetricsText& text, const ShortageStatus& each) {
             text.sample({{"resource", each.resource}}, each.limit);
           });
  add_each(out, "resource_refusals_total", kCounter,
           "Times that the kernel, or the limit, refused more.", status.shortages,
           [](MetricsText& text, const ShortageStatus& each) {
             text.sample({{"resource", each.resource}}, each.refusals);
           });
  add_family(out, "tls_handshakes", kGauge, "TLS handshakes of clients under way.",
             [&traffic](MetricsText& text) { text.sample({}, traffic.handshakes); });
  add_family(out, "tls_handshakes_refused_total", kCounter,
             "Handshakes that gave way to newer ones, or found no room.",
             [&traffic](MetricsText& text) {
               text.sample({}, traffic.handshakes_dropped + traffic.handshakes_refused);
             });
}

/// The worker's; its memory is among the resources that it may run short of.
void add_process(Families& out, const Status& status) {
  add_family(out, "process_cpu_seconds_total", kCounter, "CPU time of the worker.",
             [&status](MetricsText& text) { text.sample({}, status.cpu_time); });
  add_family(out, "process_resident_memory_bytes", kGauge, "Memory of the worker.",
             [&status](MetricsText& text) {
               for (const ShortageStatus& each : status.shortages) {
                 if (each.resource == "memory") text.sample({}, each.used);
               }
             });
}

void add_services(Families& out, const Status& status) {
  add_each(out, "certificate_expiry_timestamp_seconds", kGauge,
           "When a certificate expires, in seconds since 1970.", status.certificates,
           [](MetricsText& text, const CertificateStatus& certificate) {
             text.sample({{"path", certificate.path}, {"subject", certificate.subject}},
                         certificate.not_after.time_since_epoch());
           });
  add_each(out, "alert_messages_total", kCounter, "Messages that a receiver took.", status.alerts,
           [](MetricsText& text, const AlertStatus& alert) {
             text.sample({{"alert", alert.name}}, alert.messages);
           });
  add_each(out, "alert_failures_total", kCounter, "Attempts that failed.", status.alerts,
           [](MetricsText& text, const AlertStatus& alert) {
             text.sample({{"alert", alert.name}}, alert.failures);
           });
  add_each(out, "alert_lost_total", kCounter, "Changes that nobody was told of.", status.alerts,
           [](MetricsText& text, const AlertStatus& alert) {
             text.sample({{"alert", alert.name}}, alert.lost);
           });
  add_each(out, "notify_failures_total", kCounter, "Notify scripts that failed.", status.notifies,
           [](MetricsText& text, const NotifyStatus& notify) {
             text.sample({{"notify", notify.name}}, notify.failures);
           });
  add_each(out, "name_resolved", kGauge, "Whether a server's name is resolved.", status.names,
           [](MetricsText& text, const NameStatus& name) {
             text.flag({{"server", name.server}}, name.state == "resolved");
           });
}

/// Targets may have one name: they are told apart by their index.
void add_logs(Families& out, const Status& status) {
  struct LogFamily {
    std::string_view name;
    std::string_view help;
    std::uint64_t LogStatus::* lines;
  };
  static constexpr LogFamily kFamilies[] = {
      {"log_lines_total", "Lines that were written.", &LogStatus::written},
      {"log_held_back_records_total",
       "Records that were not written, since too many others like them were.",
       &LogStatus::held_back},
      {"log_dropped_lines_total", "Lines that were dropped.", &LogStatus::dropped},
  };
  for (const LogFamily& family : kFamilies) {
    out.push_back(
        {family.name, kCounter, family.help, status.logs.size(),
         [&logs = status.logs, lines = family.lines](MetricsText& text, std::size_t i) {
           text.sample(
               {{"index", base::concat(i)}, {"target", logs[i].target}, {"what", logs[i].what}},
               logs[i].*lines);
         }});
  }
}

}  // namespace

MetricsFacts::MetricsFacts(Status state, const std::vector<lb::LatencyView>& latencies,
                           const std::vector<lb::H2View>& http2_views,
                           const std::vector<lb::ServerLatencyView>& server_views)
    : status(std::move(state)) {
  for (const lb::LatencyView& view : latencies) {
    if (view.frontend != nullptr) frontends.push_back({std::string(view.proxy), *view.frontend});
    if (view.backend != nullptr) backends.push_back({std::string(view.proxy), *view.backend});
  }
  for (const lb::H2View& view : http2_views) {
    http2.push_back({std::string(view.proxy), view.servers, *view.counters});
  }
  for (const lb::ServerLatencyView& view : server_views) {
    servers.push_back({std::string(view.backend), std::string(view.server), view.times});
  }
}

MetricRows::MetricRows(const Status& status) {
  // A proxy's rows stand together.
  for (const StatsRow& row : status.traffic.rows) {
    if (row.type == StatsRowType::kFrontend) frontends.push_back(&row);
    // Beside one that was removed there may be another of its name.
    if (row.type == StatsRowType::kServer && !row.removed) servers.push_back(&row);
    if (row.type != StatsRowType::kBackend) continue;
    backends.push_back(&row);
    const std::size_t first = groups.empty() ? 0 : groups.back().first + groups.back().count;
    groups.push_back({.first = first, .count = servers.size() - first});
  }
}

MetricsDocument::MetricsDocument(MetricsFacts facts)
    : facts_(std::move(facts)), rows_(facts_.status) {
  add_node(families_, facts_.status);
  add_process(families_, facts_.status);
  add_vip_metrics(families_, facts_.status);
  add_targets(families_, facts_.status);
  add_traffic(families_, rows_);
  add_times(families_, facts_);
  if (!facts_.servers.empty()) add_server_times(families_, facts_.servers);
  add_http2(families_, facts_.http2);
  add_services(families_, facts_.status);
  add_logs(families_, facts_.status);
  if (facts_.haproxy_names) add_haproxy_metrics(families_, facts_, rows_);
  if (facts_.keepalived_names) add_keepalived_metrics(families_, facts_.status);
}

std::string MetricsDocument::next() {
  MetricsText text;
  for (; family_ < families_.size(); ++family_, thing_ = 0) {
    const MetricFamily& family = families_[family_];
    if (thing_ == 0) {
      text.family(family.name, family.type, family.help);
    } else {
      text.resume(family.name);
    }
    while (thing_ < family.things) {
      family.write(text, thing_++);
      if (text.size() >= kPiece) return text.take();
    }
  }
  return text.take();
}

}  // namespace hapair::control
