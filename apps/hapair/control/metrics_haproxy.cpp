// The metrics by the names of HAProxy's own exporter, so that dashboards for it go on working:
// haproxy_{process,frontend,backend,server}_..., with the labels proxy, server, code and state.
#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include "apps/hapair/control/metric_families.hpp"

namespace hapair::control {
namespace {

using enum MetricsText::Type;
using lb::StatsRow;
using lb::StatsRowType;
using Rows = std::vector<const StatsRow*>;

/// HAProxy counts buffers as its memory pools; ours have this size.
constexpr std::uint64_t kBufferBytes = std::uint64_t{17} * 1024;

enum class Unit : std::uint8_t { kPlain, kMilliseconds };

struct Figure {
  std::string_view name;
  MetricsText::Type type;
  std::string_view help;
  lb::StatsNumber StatsRow::* number;
  Unit unit = Unit::kPlain;
};

constexpr Figure kFrontendFigures[] = {
    {"haproxy_frontend_current_sessions", kGauge, "Sessions now.", &StatsRow::scur},
    {"haproxy_frontend_max_sessions", kGauge, "The most sessions at once.", &StatsRow::smax},
    {"haproxy_frontend_limit_sessions", kGauge, "Sessions at once.", &StatsRow::slim},
    {"haproxy_frontend_sessions_total", kCounter, "Sessions.", &StatsRow::stot},
    {"haproxy_frontend_current_session_rate", kGauge, "New sessions a second.", &StatsRow::rate},
    {"haproxy_frontend_max_session_rate", kGauge, "The most new sessions a second.",
     &StatsRow::rate_max},
    {"haproxy_frontend_connections_rate_max", kGauge, "The most new connections a second.",
     &StatsRow::conn_rate_max},
    {"haproxy_frontend_connections_total", kCounter, "Connections.", &StatsRow::conn_tot},
    {"haproxy_frontend_bytes_in_total", kCounter, "Bytes from clients.", &StatsRow::bin},
    {"haproxy_frontend_bytes_out_total", kCounter, "Bytes to clients.", &StatsRow::bout},
    {"haproxy_frontend_requests_denied_total", kCounter, "Requests denied.", &StatsRow::dreq},
    {"haproxy_frontend_responses_denied_total", kCounter, "Responses denied.", &StatsRow::dresp},
    {"haproxy_frontend_request_errors_total", kCounter, "Bad requests.", &StatsRow::ereq},
    {"haproxy_frontend_denied_connections_total", kCounter, "Connections denied.", &StatsRow::dcon},
    {"haproxy_frontend_denied_sessions_total", kCounter, "Sessions denied.", &StatsRow::dses},
    {"haproxy_frontend_failed_header_rewriting_total", kCounter,
     "Header fields that found no room.", &StatsRow::wrew},
    {"haproxy_frontend_internal_errors_total", kCounter, "Internal errors.", &StatsRow::eint},
    {"haproxy_frontend_http_requests_rate_max", kGauge, "The most requests a second.",
     &StatsRow::req_rate_max},
    {"haproxy_frontend_http_requests_total", kCounter, "HTTP requests.", &StatsRow::req_tot},
    {"haproxy_frontend_intercepted_requests_total", kCounter, "Requests that were answered here.",
     &StatsRow::intercepted},
};

constexpr Figure kBackendFigures[] = {
    {"haproxy_backend_current_queue", kGauge, "Requests that wait.", &StatsRow::qcur},
    {"haproxy_backend_max_queue", kGauge, "The most that waited.", &StatsRow::qmax},
    {"haproxy_backend_current_sessions", kGauge, "Sessions now.", &StatsRow::scur},
    {"haproxy_backend_max_sessions", kGauge, "The most sessions at once.", &StatsRow::smax},
    {"haproxy_backend_limit_sessions", kGauge, "Sessions at once.", &StatsRow::slim},
    {"haproxy_backend_sessions_total", kCounter, "Sessions.", &StatsRow::stot},
    {"haproxy_backend_current_session_rate", kGauge, "New sessions a second.", &StatsRow::rate},
    {"haproxy_backend_max_session_rate", kGauge, "The most new sessions a second.",
     &StatsRow::rate_max},
    {"haproxy_backend_bytes_in_total", kCounter, "Bytes from clients.", &StatsRow::bin},
    {"haproxy_backend_bytes_out_total", kCounter, "Bytes to clients.", &StatsRow::bout},
    {"haproxy_backend_queue_time_average_seconds", kGauge, "Mean wait of the last 1024.",
     &StatsRow::qtime, Unit::kMilliseconds},
    {"haproxy_backend_connect_time_average_seconds", kGauge, "Mean connect time of the last 1024.",
     &StatsRow::ctime, Unit::kMilliseconds},
    {"haproxy_backend_response_time_average_seconds", kGauge,
     "Mean response time of the last 1024.", &StatsRow::rtime, Unit::kMilliseconds},
    {"haproxy_backend_total_time_average_seconds", kGauge, "Mean total time of the last 1024.",
     &StatsRow::ttime, Unit::kMilliseconds},
    {"haproxy_backend_max_queue_time_seconds", kGauge, "The longest wait.", &StatsRow::qtime_max,
     Unit::kMilliseconds},
    {"haproxy_backend_max_connect_time_seconds", kGauge, "The longest connect time.",
     &StatsRow::ctime_max, Unit::kMilliseconds},
    {"haproxy_backend_max_response_time_seconds", kGauge, "The longest response time.",
     &StatsRow::rtime_max, Unit::kMilliseconds},
    {"haproxy_backend_max_total_time_seconds", kGauge, "The longest total time.",
     &StatsRow::ttime_max, Unit::kMilliseconds},
    {"haproxy_backend_requests_denied_total", kCounter, "Requests denied.", &StatsRow::dreq},
    {"haproxy_backend_responses_denied_total", kCounter, "Responses denied.", &StatsRow::dresp},
    {"haproxy_backend_connection_errors_total", kCounter, "Connections to servers that failed.",
     &StatsRow::econ},
    {"haproxy_backend_response_errors_total", kCounter, "Bad responses.", &StatsRow::eresp},
    {"haproxy_backend_retry_warnings_total", kCounter, "Attempts made again.", &StatsRow::wretr},
    {"haproxy_backend_redispatch_warnings_total", kCounter, "Attempts that went to another server.",
     &StatsRow::wredis},
    {"haproxy_backend_failed_header_rewriting_total", kCounter, "Header fields that found no room.",
     &StatsRow::wrew},
    {"haproxy_backend_internal_errors_total", kCounter, "Internal errors.", &StatsRow::eint},
    {"haproxy_backend_client_aborts_total", kCounter, "Transfers that the client gave up.",
     &StatsRow::cli_abrt},
    {"haproxy_backend_server_aborts_total", kCounter, "Transfers that the server gave up.",
     &StatsRow::srv_abrt},
    {"haproxy_backend_weight", kGauge, "The weights of its usable servers together.",
     &StatsRow::weight},
    {"haproxy_backend_active_servers", kGauge, "Usable servers.", &StatsRow::act},
    {"haproxy_backend_backup_servers", kGauge, "Usable backup servers.", &StatsRow::bck},
    {"haproxy_backend_check_up_down_total", kCounter, "Changes from up to down.",
     &StatsRow::chkdown},
    {"haproxy_backend_check_last_change_seconds", kGauge, "Since its state last changed.",
     &StatsRow::lastchg},
    {"haproxy_backend_downtime_seconds_total", kCounter, "How long it was down in all.",
     &StatsRow::downtime},
    {"haproxy_backend_loadbalanced_total", kCounter, "Times that a server was picked.",
     &StatsRow::lbtot},
    {"haproxy_backend_http_requests_total", kCounter, "HTTP requests.", &StatsRow::req_tot},
    {"haproxy_backend_connection_attempts_total", kCounter, "New connections to servers.",
     &StatsRow::connect},
    {"haproxy_backend_connection_reuses_total", kCounter, "Requests on kept connections.",
     &StatsRow::reuse},
};

constexpr Figure kServerFigures[] = {
    {"haproxy_server_current_queue", kGauge, "Requests that wait.", &StatsRow::qcur},
    {"haproxy_server_max_queue", kGauge, "The most that waited.", &StatsRow::qmax},
    {"haproxy_server_queue_limit", kGauge, "So many may wait.", &StatsRow::qlimit},
    {"haproxy_server_current_sessions", kGauge, "Sessions now.", &StatsRow::scur},
    {"haproxy_server_max_sessions", kGauge, "The most sessions at once.", &StatsRow::smax},
    {"haproxy_server_limit_sessions", kGauge, "Sessions at once.", &StatsRow::slim},
    {"haproxy_server_sessions_total", kCounter, "Sessions.", &StatsRow::stot},
    {"haproxy_server_current_session_rate", kGauge, "New sessions a second.", &StatsRow::rate},
    {"haproxy_server_max_session_rate", kGauge, "The most new sessions a second.",
     &StatsRow::rate_max},
    {"haproxy_server_bytes_in_total", kCounter, "Bytes from clients.", &StatsRow::bin},
    {"haproxy_server_bytes_out_total", kCounter, "Bytes to clients.", &StatsRow::bout},
    {"haproxy_server_queue_time_average_seconds", kGauge, "Mean wait of the last 1024.",
     &StatsRow::qtime, Unit::kMilliseconds},
    {"haproxy_server_connect_time_average_seconds", kGauge, "Mean connect time of the last 1024.",
     &StatsRow::ctime, Unit::kMilliseconds},
    {"haproxy_server_response_time_average_seconds", kGauge, "Mean response time of the last 1024.",
     &StatsRow::rtime, Unit::kMilliseconds},
    {"haproxy_server_total_time_average_seconds", kGauge, "Mean total time of the last 1024.",
     &StatsRow::ttime, Unit::kMilliseconds},
    {"haproxy_server_max_queue_time_seconds", kGauge, "The longest wait.", &StatsRow::qtime_max,
     Unit::kMilliseconds},
    {"haproxy_server_max_connect_time_seconds", kGauge, "The longest connect time.",
     &StatsRow::ctime_max, Unit::kMilliseconds},
    {"haproxy_server_max_response_time_seconds", kGauge, "The longest response time.",
     &StatsRow::rtime_max, Unit::kMilliseconds},
    {"haproxy_server_max_total_time_seconds", kGauge, "The longest total time.",
     &StatsRow::ttime_max, Unit::kMilliseconds},
    {"haproxy_server_responses_denied_total", kCounter, "Responses denied.", &StatsRow::dresp},
    {"haproxy_server_connection_errors_total", kCounter, "Connections that failed.",
     &StatsRow::econ},
    {"haproxy_server_response_errors_total", kCounter, "Bad responses.", &StatsRow::eresp},
    {"haproxy_server_retry_warnings_total", kCounter, "Attempts made again.", &StatsRow::wretr},
    {"haproxy_server_redispatch_warnings_total", kCounter, "Attempts that went to another server.",
     &StatsRow::wredis},
    {"haproxy_server_failed_header_rewriting_total", kCounter, "Header fields that found no room.",
     &StatsRow::wrew},
    {"haproxy_server_internal_errors_total", kCounter, "Internal errors.", &StatsRow::eint},
    {"haproxy_server_client_aborts_total", kCounter, "Transfers that the client gave up.",
     &StatsRow::cli_abrt},
    {"haproxy_server_server_aborts_total", kCounter, "Transfers that the server gave up.",
     &StatsRow::srv_abrt},
    {"haproxy_server_weight", kGauge, "Its weight now.", &StatsRow::weight},
    {"haproxy_server_uweight", kGauge, "Its weight as configured.", &StatsRow::user_weight},
    {"haproxy_server_current_throttle", kGauge, "Percent of its share, while that grows.",
     &StatsRow::throttle},
    {"haproxy_server_check_code", kGauge, "The status code of its last check.",
     &StatsRow::check_code},
    {"haproxy_server_check_duration_seconds", kGauge, "How long its last check took.",
     &StatsRow::check_duration, Unit::kMilliseconds},
    {"haproxy_server_check_failures_total", kCounter, "Checks that failed.", &StatsRow::chkfail},
    {"haproxy_server_check_up_down_total", kCounter, "Changes from up to down.",
     &StatsRow::chkdown},
    {"haproxy_server_check_last_change_seconds", kGauge, "Since its state last changed.",
     &StatsRow::lastchg},
    {"haproxy_server_downtime_seconds_total", kCounter, "How long it was down in all.",
     &StatsRow::downtime},
    {"haproxy_server_loadbalanced_total", kCounter, "Times that it was picked.", &StatsRow::lbtot},
    {"haproxy_server_connection_attempts_total", kCounter, "New connections.", &StatsRow::connect},
    {"haproxy_server_connection_reuses_total", kCounter, "Requests on kept connections.",
     &StatsRow::reuse},
    {"haproxy_server_idle_connections_current", kGauge, "Kept connections.", &StatsRow::srv_icur},
    {"haproxy_server_idle_connections_limit", kGauge, "So many may be kept.", &StatsRow::src_ilim},
    {"haproxy_server_safe_idle_connections_current", kGauge,
     "Kept connections that were used again before.", &StatsRow::safe_conn_cur},
    {"haproxy_server_used_connections_current", kGauge, "Connections in use.",
     &StatsRow::used_conn_cur},
};

constexpr std::array<std::string_view, 2> kProxyStates = {"DOWN", "UP"};
constexpr std::array<std::string_view, 5> kServerStates = {"DOWN", "UP", "MAINT", "DRAIN", "NOLB"};
constexpr std::array<std::string_view, 16> kCheckStates = {
    "HANA",   "SOCKERR", "L4OK", "L4TOUT", "L4CON", "L6OK",    "L6TOUT",   "L6RSP",
    "L7TOUT", "L7RSP",   "L7OK", "L7OKC",  "L7STS", "PROCERR", "PROCTOUT", "PROCOK"};

/// The state of HAProxy that a row's status stands for: "UP 1/3" is UP, and so are what is not
/// checked and a frontend that is open. Without an address a server is in MAINT there; before its
/// first check here no server gets traffic.
std::string_view state_of(const StatsRow& row) {
  if (row.status == "STOP" || row.status == "INI") return "DOWN";
  if (row.status == "RESOLVING") return "MAINT";
  for (const std::string_view state : kServerStates) {
    if (state != "UP" && row.status.starts_with(state)) return state;
  }
  return "UP";
}

/// Who a sample is of.
struct Who {
  explicit Who(const StatsRow& row)
      : proxy(row.pxname),
        server(row.type == StatsRowType::kServer ? std::string_view(row.svname) : "") {}
  std::string_view proxy;
  std::string_view server;
};

void add_figures(MetricFamilies& out, const Rows& rows, std::span<const Figure> figures) {
  for (const Figure& figure : figures) {
    add_each(out, figure.name, figure.type, figure.help, rows,
             [number = figure.number, unit = figure.unit](MetricsText& text, const StatsRow* row) {
               const lb::StatsNumber& value = row->*number;
               if (!value) return;
               const Who who(*row);
               if (unit == Unit::kMilliseconds) {
                 text.sample({{"proxy", who.proxy}, {"server", who.server}},
                             base::Duration(std::chrono::milliseconds(*value)));
               } else {
                 text.sample({{"proxy", who.proxy}, {"server", who.server}}, *value);
               }
             });
  }
}

void add_haproxy_responses(MetricFamilies& out, const Rows& rows, std::string_view name) {
  add_each(out, name, kCounter, "HTTP responses, by class.", rows,
           [](MetricsText& text, const StatsRow* row) {
             const Who who(*row);
             for (std::size_t i = 0; i < kResponseClasses.size(); ++i) {
               if (!row->hrsp[i]) continue;
               text.sample(
                   {{"proxy", who.proxy}, {"server", who.server}, {"code", kResponseClasses[i]}},
                   *row->hrsp[i]);
             }
           });
}

void add_states(MetricFamilies& out, const Rows& rows, std::string_view name,
                std::span<const std::string_view> states) {
  add_each(out, name, kGauge, "1 for the state that it is in.", rows,
           [states](MetricsText& text, const StatsRow* row) {
             const Who who(*row);
             for (const std::string_view state : states) {
               text.flag({{"proxy", who.proxy}, {"server", who.server}, {"state", state}},
                         state_of(*row) == state);
             }
           });
}

void add_last_session(MetricFamilies& out, const Rows& rows, std::string_view name) {
  add_each(out, name, kGauge, "Since its last session.", rows,
           [](MetricsText& text, const StatsRow* row) {
             if (row->lastsess.value_or(-1) < 0) return;
             const Who who(*row);
             text.sample({{"proxy", who.proxy}, {"server", who.server}},
                         static_cast<std::uint64_t>(*row->lastsess));
           });
}

void add_check_states(MetricFamilies& out, const Rows& servers) {
  add_each(out, "haproxy_server_check_status", kGauge, "1 for what its last check found.", servers,
           [](MetricsText& text, const StatsRow* row) {
             if (row->check_status.empty()) return;
             for (const std::string_view state : kCheckStates) {
               text.flag({{"proxy", row->pxname}, {"server", row->svname}, {"state", state}},
                         row->check_status == state);
             }
           });
}

/// How many servers of each backend are in each state.
void add_server_counts(MetricFamilies& out, const MetricRows& rows) {
  out.push_back(
      {"haproxy_backend_agg_server_status", kGauge, "Servers in each state.", rows.backends.size(),
       [&rows](MetricsText& text, std::size_t i) {
         const MetricRows::Group& group = rows.groups[i];
         std::array<std::uint64_t, kServerStates.size()> counts{};
         for (std::size_t at = group.first; at < group.first + group.count; ++at) {
           const auto* const found = std::ranges::find(kServerStates, state_of(*rows.servers[at]));
           ++counts[static_cast<std::size_t>(found - kServerStates.begin())];
         }
         for (std::size_t state = 0; state < counts.size(); ++state) {
           text.sample({{"proxy", rows.backends[i]->pxname}, {"state", kServerStates[state]}},
                       counts[state]);
         }
       }});
}

std::uint64_t sum_of(const Rows& rows, lb::StatsNumber StatsRow::* number) {
  std::uint64_t sum = 0;
  for (const StatsRow* row : rows) sum += (row->*number).value_or(0);
  return sum;
}

void add_haproxy_process(MetricFamilies& out, const MetricsFacts& facts, const MetricRows& rows) {
  const Status& status = facts.status;
  add_family(out, "haproxy_process_build_info", kGauge, "1; the label says what runs.",
             [&status](MetricsText& text) { text.flag({{"version", status.version}}, true); });
  add_family(out, "haproxy_process_nbthread", kGauge, "Threads of traffic.",
             [](MetricsText& text) { text.sample({}, std::uint64_t{1}); });
  add_family(out, "haproxy_process_start_time_seconds", kGauge,
             "When the worker started, in seconds since 1970.", [&status](MetricsText& text) {
               text.sample({}, (status.now - status.uptime).time_since_epoch());
             });
  add_family(out, "haproxy_process_uptime_seconds", kGauge, "Since the worker started.",
             [&status](MetricsText& text) { text.sample({}, status.uptime); });
  add_family(out, "haproxy_process_max_connections", kGauge, "Client connections at once.",
             [&facts](MetricsText& text) { text.sample({}, facts.max_connections); });
  const Rows& frontends = rows.frontends;
  add_family(
      out, "haproxy_process_current_connections", kGauge, "Client connections now.",
      [&frontends](MetricsText& text) { text.sample({}, sum_of(frontends, &StatsRow::scur)); });
  add_family(
      out, "haproxy_process_connections_total", kCounter, "Client connections taken.",
      [&frontends](MetricsText& text) { text.sample({}, sum_of(frontends, &StatsRow::stot)); });
  add_family(
      out, "haproxy_process_requests_total", kCounter, "HTTP requests.",
      [&frontends](MetricsText& text) { text.sample({}, sum_of(frontends, &StatsRow::req_tot)); });
  add_family(
      out, "haproxy_process_bytes_out_total", kCounter, "Bytes to clients.",
      [&frontends](MetricsText& text) { text.sample({}, sum_of(frontends, &StatsRow::bout)); });
  add_family(out, "haproxy_process_pool_used_bytes", kGauge, "Memory for data in flight.",
             [&status](MetricsText& text) {
               text.sample({}, status.traffic.buffers_used * kBufferBytes);
             });
  add_family(out, "haproxy_process_current_ssl_rate", kGauge,
             "TLS handshakes with clients that began in the last second.",
             [&status](MetricsText& text) { text.sample({}, status.traffic.handshakes_rate); });
  add_family(out, "haproxy_process_dropped_logs_total", kCounter, "Log lines that were dropped.",
             [&status](MetricsText& text) {
               std::uint64_t dropped = 0;
               for (const LogStatus& log : status.logs) dropped += log.dropped;
               text.sample({}, dropped);
             });
}

}  // namespace

void add_haproxy_metrics(MetricFamilies& out, const MetricsFacts& facts, const MetricRows& rows) {
  add_haproxy_process(out, facts, rows);
  add_states(out, rows.frontends, "haproxy_frontend_status", kProxyStates);
  add_figures(out, rows.frontends, kFrontendFigures);
  add_haproxy_responses(out, rows.frontends, "haproxy_frontend_http_responses_total");
  add_states(out, rows.backends, "haproxy_backend_status", kProxyStates);
  add_server_counts(out, rows);
  add_figures(out, rows.backends, kBackendFigures);
  add_last_session(out, rows.backends, "haproxy_backend_last_session_seconds");
  add_haproxy_responses(out, rows.backends, "haproxy_backend_http_responses_total");
  add_states(out, rows.servers, "haproxy_server_status", kServerStates);
  add_check_states(out, rows.servers);
  add_figures(out, rows.servers, kServerFigures);
  add_last_session(out, rows.servers, "haproxy_server_last_session_seconds");
  add_haproxy_responses(out, rows.servers, "haproxy_server_http_responses_total");
}

}  // namespace hapair::control
