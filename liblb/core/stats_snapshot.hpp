// One moment's statistics as plain values, with the names and units of HAProxy's columns. Whoever
// owns the counters fills it; stats_csv only renders it. What is not known or makes no sense for a
// row stays empty.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hapair::lb {

/// The numbers are those of HAProxy's "type" column.
enum class StatsRowType : std::uint8_t { kFrontend = 0, kBackend = 1, kServer = 2, kListener = 3 };

using StatsNumber = std::optional<std::uint64_t>;

struct StatsRow {
  StatsRowType type = StatsRowType::kFrontend;
  std::string pxname;    ///< the proxy: name of the frontend or backend
  std::string svname;    ///< "FRONTEND", "BACKEND", or the name of the server or listener
  std::string status;    ///< "OPEN", "STOP", "UP", "UP 1/3", "DOWN", "DOWN 1/2", "MAINT",
                         ///< "DRAIN", "no check"
  std::string mode;      ///< "http" or "tcp"
  std::string algo;      ///< of a backend: "roundrobin"
  std::string addr;      ///< "192.0.2.1:80", of servers and listeners
  bool removed = false;  ///< of a server: what it has it ends, and another may have its name
  StatsNumber iid;       ///< the proxy's number, from 1
  StatsNumber sid;       ///< the number of the server or listener within its proxy, from 1

  // sessions and queue
  StatsNumber qcur, qmax, qlimit;               ///< requests waiting for a server
  StatsNumber scur, smax, slim, stot;           ///< sessions: now, highest, limit, ever
  StatsNumber rate, rate_max, rate_lim;         ///< new sessions a second
  StatsNumber conn_rate, conn_rate_max;         ///< new connections a second
  StatsNumber conn_tot;                         ///< connections ever
  StatsNumber req_rate, req_rate_max, req_tot;  ///< HTTP requests a second and ever
  StatsNumber lbtot;                            ///< times the server was picked
  StatsNumber connect, reuse;                   ///< exchanges on new and on kept connections
  StatsNumber idle_conn_cur, used_conn_cur;     ///< server connections: kept idle, in use
  StatsNumber srv_icur, src_ilim;               ///< kept for anybody's next request: now, limit
  StatsNumber safe_conn_cur;                    ///< of those: used again before
  StatsNumber accept_pauses, accept_failures;   ///< at a limit; for want of descriptors or memory
  StatsNumber bin, bout;                        ///< bytes from and to clients
  std::optional<std::int64_t> lastsess;         ///< seconds since the last session; -1: never

  // what went wrong
  StatsNumber dreq, dresp, dcon, dses;  ///< denied: requests, responses, connections, sessions
  StatsNumber ereq, econ, eresp, eint;  ///< request, connect, response, internal errors
  StatsNumber wretr, wredis, wrew;      ///< retries, redispatches, fields that found no room
  StatsNumber cli_abrt, srv_abrt;       ///< transfers given up by client or server
  StatsNumber intercepted;              ///< requests answered here

  /// Responses: 1xx, 2xx, 3xx, 4xx, 5xx, other.
  std::array<StatsNumber, 6> hrsp;

  // health
  StatsNumber weight, act, bck;   ///< act, bck: active and backup servers usable
  StatsNumber throttle;           ///< percent of its share that a server has, while that grows
  StatsNumber hanafail;           ///< times that its traffic met with too many errors
  std::string tracked;            ///< "backend/server" whose state a server has
  bool panics = false;            ///< of a backend: traffic goes to servers that are down too
  StatsNumber user_weight;        ///< as configured; `weight` is what it comes to now
  StatsNumber chkfail, chkdown;   ///< failed checks; changes to DOWN
  StatsNumber lastchg, downtime;  ///< seconds
  std::string check_status;       ///< "L7OK", "L4CON", ...
  StatsNumber check_code;         ///< status code of the last check
  StatsNumber check_duration;     ///< milliseconds
  std::string check_desc;         ///< that in HAProxy's words: "Layer7 check passed"
  std::string last_chk;           ///< the last check in words
  StatsNumber check_rise, check_fall;
  StatsNumber check_health;  ///< 0 to rise - 1: down; up to rise + fall - 1: up

  // averages over about the last 1024 and highest, in milliseconds
  StatsNumber qtime, ctime, rtime, ttime;
  StatsNumber qtime_max, ctime_max, rtime_max, ttime_max;
};

struct StatsSnapshot {
  std::uint64_t buffers_used = 0;        ///< of 17 KiB, for data in flight
  std::uint64_t buffers_limit = 0;       ///< of them at once
  std::uint64_t buffer_refusals = 0;     ///< times that somebody had to wait for one
  std::uint64_t handshakes = 0;          ///< of TLS, under way
  std::uint64_t handshakes_max = 0;      ///< the most there ever were
  std::uint64_t handshakes_limit = 0;    ///< of them at once
  std::uint64_t handshakes_rate = 0;     ///< that began in the last second
  std::uint64_t handshakes_dropped = 0;  ///< that gave way to newer ones
  std::uint64_t handshakes_refused = 0;  ///< for which none gave way
  std::uint64_t changes = 0;             ///< of configuration, since the start
  std::size_t old_generations = 0;       ///< of before such changes, that have connections yet
  std::size_t old_sessions = 0;          ///< these
  std::vector<StatsRow> rows;  ///< a proxy's rows stand together, its listeners and servers within
};

}  // namespace hapair::lb
