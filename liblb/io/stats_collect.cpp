// Gathers the counters of an engine into the rows of a snapshot, in HAProxy's order: for each
// frontend its listeners, for each backend its servers.
#include <algorithm>

#include "liblb/io/engine_parts.hpp"

namespace hapair::lb {
namespace {

using Seconds = std::chrono::seconds;

std::uint64_t whole_seconds(base::Duration duration) {
  return static_cast<std::uint64_t>(std::chrono::floor<Seconds>(duration).count());
}

std::uint64_t whole_ms(base::Duration duration) {
  return static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(duration).count());
}

std::string mode_text(Mode mode) { return mode == Mode::kHttp ? "http" : "tcp"; }

void add_sessions(StatsRow& row, const TrafficCounters& counters, base::Instant now) {
  row.scur = counters.sessions.current();
  row.smax = counters.sessions.max();
  row.stot = counters.sessions_total;
  row.rate = counters.session_rate.rate(now);
  row.rate_max = counters.session_rate.max();
  row.bin = counters.bytes_in;
  row.bout = counters.bytes_out;
  row.lastsess = counters.last_session == base::Instant{}
                     ? -1
                     : static_cast<std::int64_t>(whole_seconds(now - counters.last_session));
}

void add_requests(StatsRow& row, const TrafficCounters& counters, base::Instant now, Mode mode) {
  if (mode != Mode::kHttp) return;
  row.req_tot = counters.requests;
  row.req_rate = counters.request_rate.rate(now);
  row.req_rate_max = counters.request_rate.max();
  for (std::size_t i = 0; i < row.hrsp.size(); ++i) row.hrsp[i] = counters.responses.counts()[i];
}

/// What backends and servers have in common.
void add_balancing(StatsRow& row, const TrafficCounters& counters) {
  row.dresp = 0;
  row.econ = counters.connect_errors;
  row.eint = counters.internal_errors;
  row.wrew = 0;
  row.eresp = counters.response_errors;
  row.wretr = counters.retries;
  row.wredis = counters.redispatches;
  row.cli_abrt = counters.client_aborts;
  row.srv_abrt = counters.server_aborts;
  row.lbtot = counters.selected;
  row.connect = counters.connects;
  row.reuse = counters.reuses;
  row.qtime = whole_ms(counters.queue_time.mean());
  row.qtime_max = whole_ms(counters.queue_time.max());
  row.ctime = whole_ms(counters.connect_time.mean());
  row.ctime_max = whole_ms(counters.connect_time.max());
  row.rtime = whole_ms(counters.response_time.mean());
  row.rtime_max = whole_ms(counters.response_time.max());
  row.ttime = whole_ms(counters.total_time.mean());
  row.ttime_max = whole_ms(counters.total_time.max());
}

/// As HAProxy names it: "FULL" while connections wait in the listen queue.
std::string listener_status(const Listener& listener) {
  if (!listener.is_open()) return "STOP";
  return listener.is_held_back() ? "FULL" : "OPEN";
}

/// "STOP" where nothing listens: all of its binds belong to VIPs that another node has.
std::string frontend_status(const Frontend& frontend) {
  const bool open = std::ranges::any_of(frontend.listeners(), &Listener::is_open);
  return open ? "OPEN" : "STOP";
}

StatsRow frontend_row(const Frontend& frontend, std::uint64_t iid, base::Instant now) {
  StatsRow row;
  row.type = StatsRowType::kFrontend;
  row.pxname = frontend.settings().name;
  row.svname = "FRONTEND";
  row.status = frontend_status(frontend);
  row.mode = mode_text(frontend.settings().mode);
  row.iid = iid;
  row.sid = 0;
  row.slim = frontend.settings().max_connections;
  add_sessions(row, frontend.counters, now);
  add_requests(row, frontend.counters, now, frontend.settings().mode);
  row.conn_rate = row.rate;
  row.conn_rate_max = row.rate_max;
  row.conn_tot = row.stot;
  row.dreq = frontend.counters.denied_requests;
  row.dresp = 0;
  row.ereq = frontend.counters.request_errors;
  row.eint = frontend.counters.internal_errors;
  row.dcon = frontend.counters.denied_connections;
  row.dses = frontend.counters.denied_handshakes;
  row.wrew = 0;
  row.rate_lim = 0;
  row.accept_pauses = frontend.accept_pauses();
  row.accept_failures = 0;
  for (const Listener& listener : frontend.listeners()) {
    *row.accept_failures += listener.accept_failures();
  }
  row.intercepted = frontend.counters.intercepted;
  return row;
}

StatsRow listener_row(const Frontend& frontend, const Listener& listener, std::uint64_t iid,
                      std::uint64_t sid, base::Instant now) {
  StatsRow row;
  row.type = StatsRowType::kListener;
  row.pxname = frontend.settings().name;
  row.svname = listener.name();
  row.status = listener_status(listener);
  row.mode = mode_text(frontend.settings().mode);
  row.addr = listener.name();
  row.iid = iid;
  row.sid = sid;
  row.slim = frontend.settings().max_connections;
  row.dcon = listener.counters.denied_connections;
  row.dses = listener.counters.denied_handshakes;
  add_sessions(row, listener.counters, now);
  return row;
}

StatsRow server_row(const BackendDriver& driver, std::size_t index, std::uint64_t iid,
                    base::Instant now) {
  const Backend& backend = driver.backend();
  const Server& server = backend.server(index);
  const ServerHealth& health = server.health();
  StatsRow row;
  row.type = StatsRowType::kServer;
  row.pxname = backend.name();
  row.svname = server.name();
  row.removed = server.removed();
  row.status = row.removed ? "DRAIN" : health.state;
  row.mode = mode_text(backend.settings().mode);
  // Where its name has no address yet it has no port either.
  const base::Endpoint& endpoint = server.settings().endpoint;
  if (endpoint.port != 0) row.addr = endpoint.to_string();
  row.iid = iid;
  row.sid = index + 1;
  row.weight = (server.share() + Server::kShareOfWeight / 2) / Server::kShareOfWeight;
  if (server.ramp().climbs(now)) row.throttle = server.ramp().share(now);
  row.user_weight = server.weight();
  row.tracked = health.tracked;
  const bool backup = server.settings().backup;
  row.act = server.usable() && !backup ? 1 : 0;
  row.bck = server.usable() && backup ? 1 : 0;
  row.lastchg = whole_seconds(now - server.since());
  row.downtime = whole_seconds(server.downtime(now));
  if (health.checked) {
    row.chkfail = health.failed_checks;
    row.hanafail = health.observed_failures;
    row.chkdown = health.downs;
    row.check_status = health.check_status;
    if (health.check_code != 0) row.check_code = health.check_code;
    row.check_duration = whole_ms(health.check_duration);
    row.check_desc = health.check_description;
    row.last_chk = health.reason;
    row.check_rise = health.rise;
    row.check_fall = health.fall;
    row.check_health =
        server.usable() ? health.rise + health.fall - 1 - health.against : health.against;
  }
  add_sessions(row, server.counters, now);
  add_requests(row, server.counters, now, backend.settings().mode);
  add_balancing(row, server.counters);
  // The others wait for any server of the backend.
  const Gauge* waiting = backend.waiting_for(index);
  row.qcur = waiting != nullptr ? waiting->current() : 0;
  row.qmax = waiting != nullptr ? waiting->max() : 0;
  if (server.max_connections() > 0) row.slim = server.max_connections();
  row.idle_conn_cur = driver.idle_connections(index);
  row.used_conn_cur = server.counters.sessions.current();
  if (backend.settings().mode == Mode::kHttp) {
    row.srv_icur = row.idle_conn_cur;
    row.src_ilim = backend.settings().max_idle_connections;
    row.safe_conn_cur = driver.proven_connections(index);
  }
  return row;
}

StatsRow backend_row(const Backend& backend, std::uint64_t iid, base::Instant now) {
  StatsRow row;
  row.type = StatsRowType::kBackend;
  row.pxname = backend.name();
  row.svname = "BACKEND";
  const std::size_t usable = backend.usable_servers();
  row.status = usable > 0 || backend.panics() ? "UP" : "DOWN";
  row.panics = backend.panics();
  row.mode = mode_text(backend.settings().mode);
  row.algo = backend.settings().balance.text;
  row.iid = iid;
  row.sid = 0;
  std::uint64_t weight = 0;
  std::uint64_t downs = 0;
  std::uint64_t backups = 0;
  for (std::size_t i = 0; i < backend.size(); ++i) {
    if (backend.server(i).removed()) continue;
    if (backend.server(i).usable()) {
      weight += backend.server(i).weight();
      backups += backend.server(i).settings().backup ? 1U : 0U;
    }
    downs += backend.server(i).health().downs;
  }
  row.weight = weight;
  row.act = usable - backups;
  row.bck = backups;
  row.chkdown = downs;
  row.lastchg = whole_seconds(now - backend.since());
  row.dreq = backend.counters.denied_requests;
  row.qcur = backend.queue().length().current();
  row.qmax = backend.queue().length().max();
  row.qlimit = backend.settings().max_queue;
  add_sessions(row, backend.counters, now);
  add_requests(row, backend.counters, now, backend.settings().mode);
  add_balancing(row, backend.counters);
  return row;
}

void add_frontend_rows(StatsSnapshot& out, const Frontend& frontend, std::uint64_t iid,
                       base::Instant now) {
  out.rows.push_back(frontend_row(frontend, iid, now));
  std::uint64_t sid = 0;
  for (const Listener& listener : frontend.listeners()) {
    out.rows.push_back(listener_row(frontend, listener, iid, ++sid, now));
  }
}

std::size_t most_rows(const Generation& of) {
  std::size_t rows = of.frontends.size() + of.backends.size();
  for (const Frontend& frontend : of.frontends) rows += frontend.listeners().size();
  for (const BackendDriver& driver : of.backends) rows += driver.backend().size();
  return rows;
}

}  // namespace

StatsSnapshot Engine::Parts::snapshot() const {
  StatsSnapshot out;
  StatsPlace place;
  (void)add_stats(out, place, SIZE_MAX);
  return out;
}

StatsSnapshot Engine::Parts::outline() const {
  StatsSnapshot out;
  out.buffers_used = context.buffers.in_use();
  out.buffers_limit = context.buffers.limit();
  out.buffer_refusals = context.buffers.refusals();
  const Handshakes& handshakes = context.handshake_room;
  out.handshakes = handshakes.under_way().current();
  out.handshakes_max = handshakes.under_way().max();
  out.handshakes_limit = handshakes.limit();
  out.handshakes_rate = handshakes.rate(context.now());
  out.handshakes_dropped = handshakes.dropped();
  out.handshakes_refused = handshakes.refused();
  out.changes = changes;
  out.old_generations = retired.size();
  for (const Retired& each : retired) {
    for (const auto& frontend : each.frontends) out.old_sessions += frontend->session_count();
  }
  return out;
}

bool Engine::Parts::add_stats(StatsSnapshot& out, StatsPlace& place, std::size_t most) const {
  if (!place.fresh) {
    place.fresh = observer == nullptr || observer->on_stats_wanted(place.server, most);
    if (!place.fresh) return false;
  }
  if (!place.begun) {
    out = outline();
    out.rows.reserve(most_rows(*current));
    place = {.fresh = true, .begun = true, .changes = changes};
  }
  if (place.changes != changes) {  // other places: anew
    place = {};
    return false;
  }
  const base::Instant at = context.now();
  const std::size_t end = most == SIZE_MAX ? most : out.rows.size() + most;
  for (; place.frontend < current->frontends.size(); ++place.frontend) {
    if (out.rows.size() >= end) return false;
    add_frontend_rows(out, current->frontends.at(place.frontend), place.frontend + 1, at);
  }
  for (; place.backend < current->backends.size(); ++place.backend, place.server = 0) {
    const BackendDriver& driver = current->backends.at(place.backend);
    const std::uint64_t iid = current->frontends.size() + place.backend + 1;
    for (; place.server < driver.backend().size(); ++place.server) {
      // A removed one is shown while something runs there.
      if (driver.backend().server(place.server).vacant()) continue;
      if (out.rows.size() >= end) return false;
      out.rows.push_back(server_row(driver, place.server, iid, at));
    }
    out.rows.push_back(backend_row(driver.backend(), iid, at));
  }
  return true;
}

}  // namespace hapair::lb
