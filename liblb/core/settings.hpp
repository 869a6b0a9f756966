// How frontends, backends and servers are to behave: plain values, immutable once given to the
// engine. The defaults are the product's; every timeout is finite.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "common/http/head_parser.hpp"
#include "liblb/core/balance.hpp"
#include "liblb/core/certificate_fields.hpp"
#include "liblb/core/observation.hpp"
#include "liblb/core/outlier_detector.hpp"
#include "liblb/core/persistence_settings.hpp"
#include "liblb/core/rate_limiter.hpp"
#include "liblb/core/sni_routes.hpp"

namespace hapair::lb {

class ErrorPages;
class RequestPolicy;

enum class Mode : std::uint8_t { kHttp, kTcp };

/// How a frontend's exchanges appear in the access log.
enum class AccessFormat : std::uint8_t { kOff, kHttp, kTcp, kJson };

/// Header fields in the access log, of requests and as many of responses.
inline constexpr std::size_t kMaxCaptures = 8;

/// Which server connections a request may go over, named as in HAProxy's http-reuse.
enum class ReuseMode : std::uint8_t {
  kNever,       ///< only such as its own client used before
  kSafe,        ///< a client's first request over a new one if it could not be repeated; else any
  kAggressive,  ///< a client's first request also over one that was used again before
  kAlways,      ///< over any
};

/// The failures after which a request is tried again. All but the first only when the method is
/// idempotent and nothing of a body was sent yet.
struct RetryOn {
  bool connection_failure = true;
  bool empty_response = false;            ///< the server closed before it said anything
  bool junk_response = false;             ///< what it said is no response, or not a whole head
  bool response_timeout = false;          ///< it said nothing in its time
  std::vector<std::uint16_t> statuses{};  ///< of its response
};

/// The version of the PROXY protocol in which a server is told whose a connection is.
enum class SendProxy : std::uint8_t { kNone = 0, kV1 = 1, kV2 = 2 };

/// A bind whose connections begin with a PROXY header.
struct AcceptProxy {
  std::vector<base::Prefix> from{};                  ///< those from here; empty: all of them
  base::Duration timeout = std::chrono::seconds(5);  ///< for the whole header
};

/// How long connections live in HTTP mode, as HAProxy names it.
enum class ConnectionMode : std::uint8_t {
  kKeepAlive,    ///< both sides serve request after request
  kServerClose,  ///< a server's connection serves one request
  kClose,        ///< so does a client's
};

/// The kernel asks a peer that has long been silent whether it is still there, and ends the
/// connection when it does not answer.
struct TcpKeepAlive {
  std::chrono::seconds idle{60};      ///< silence before the first question
  std::chrono::seconds interval{10};  ///< between two
  unsigned count = 6;                 ///< so many without an answer
};

/// The versions of HTTP that the clients of a bind may speak, or that a server is spoken to in.
struct Protocols {
  bool http1 = true;
  /// Told by its preface (RFC 9113, section 3.3). To a server without TLS: the only one.
  bool http2 = false;
};

/// Of a frontend's HTTP/2 clients, or a backend's HTTP/2 servers.
struct Http2Settings {
  std::uint32_t max_streams = 100;  ///< of one connection at once
  /// Silence of a peer with open streams, after which it is asked for a sign of life; after twice
  /// that it is gone. 0: never.
  base::Duration ping_interval = std::chrono::seconds(15);
};

struct ServerSettings {
  std::string name{};
  base::Endpoint endpoint{};
  std::uint32_t weight = 1;           ///< 0 to 256; 0 gets no new traffic
  std::uint32_t max_connections = 0;  ///< requests (http) or connections (tcp) at once; 0: no limit
  SendProxy send_proxy = SendProxy::kNone;
  std::optional<base::IpAddress> source{};  ///< connections leave from here; of the same family
  std::optional<TcpKeepAlive> keep_alive{};
  Protocols protocols{};
  std::uint16_t tier = 0;   ///< used while no server of a lower one takes traffic
  std::string cookie{};     ///< what stands for it in cookies; empty: what derives from its name
  bool backup = false;      ///< used while no other server takes traffic, whatever their tiers
  bool histograms = false;  ///< its times are kept as distributions
  /// Its name is not the same on all nodes; it is told by its address and port.
  bool known_by_address = false;

  /// What all nodes know it as.
  [[nodiscard]] std::string known_as() const {
    return known_by_address ? endpoint.to_string() : name;
  }
};

struct BackendSettings {
  std::string name{};
  Mode mode = Mode::kHttp;
  std::vector<ServerSettings> servers{};
  BalanceSettings balance{};
  bool all_backups = false;  ///< backup servers share the traffic; else the first of them has it
  /// The field that carries the client's address; none when absent.
  std::optional<std::string> forwarded_for{};
  unsigned tries = 3;  ///< attempts for one request, the first one included; 1 or more
  RetryOn retry_on{};
  bool redispatch = true;  ///< further attempts go to other servers where there are
  ReuseMode reuse = ReuseMode::kSafe;
  Http2Settings http2{};
  base::Duration connect_timeout = std::chrono::seconds(5);
  base::Duration server_timeout = std::chrono::seconds(50);  ///< silence of the server
  base::Duration tunnel_timeout = std::chrono::hours(1);     ///< silence of both (tcp, upgraded)
  base::Duration server_fin_timeout = std::chrono::seconds(30);  ///< once the client has finished
  base::Duration idle_timeout = std::chrono::seconds(4);         ///< of a kept server connection
  std::size_t max_idle_connections = 1024;                       ///< kept for each server
  Observe observe = Observe::kOff;
  std::uint32_t error_limit = 10;            ///< errors in a row that are too many; 1 or more
  bool close_sessions = false;               ///< of a server that is marked down
  base::Duration slow_start{0};              ///< of a server that comes up from being down
  std::uint32_t panic_threshold = 0;         ///< percent of the servers that are up; 0: no panic
  std::optional<OutlierSettings> outlier{};  ///< absent: servers are not compared
  std::size_t max_queue = 1024;              ///< that wait for a server with room; 0: none
  base::Duration queue_timeout = std::chrono::seconds(5);  ///< for such a wait
  std::optional<CookieSettings> cookie{};                  ///< mode http
  std::string cookie_key{};                                ///< with it: 32 bytes, of the cluster
  std::optional<StickSettings> stick{};
  std::vector<RateLimitSettings> rate_limits{};  ///< up to RateLimiter::kMaxLimits
  /// For what becomes of requests here; null: the frontend's. Shared, as settings are copied.
  std::shared_ptr<const ErrorPages> error_pages{};
};

/// A frontend in mode tcp looks into what its clients open TLS with, without ending it.
struct InspectTls {
  base::Duration timeout = std::chrono::seconds(5);  ///< for the whole hello
  SniRoutes routes{};                                ///< before `backend`
};

/// What one client address (IPv6: one network) may have at once. Of a client behind a proxy that is
/// trusted each request under way counts as a connection; the proxy itself has no limit.
struct PerAddress {
  std::uint32_t max_connections = 0;   ///< 0: no limit
  std::uint32_t max_handshakes = 0;    ///< of TLS, under way; 0: no limit
  std::uint8_t ipv6_prefix = 64;       ///< 1 to 128
  std::vector<base::Prefix> except{};  ///< may have any number

  [[nodiscard]] bool limits(const base::IpAddress& address) const {
    return (max_connections > 0 || max_handshakes > 0) && !address.is_any() &&
           std::ranges::none_of(except,
                                [&](const base::Prefix& each) { return each.contains(address); });
  }
};

/// For whom pages are.
struct PageUsers {
  std::size_t list = 0;  ///< its place among the engine's lists of users
  std::string realm{};
};

/// What a frontend shows besides its statistics, and to whom.
struct PageSettings {
  std::string metrics{};             ///< path of what is counted, for Prometheus; empty: none
  bool health = false;               ///< /healthz and /readyz
  bool admin = false;                ///< the page gives orders
  std::optional<PageUsers> users{};  ///< absent: pages are for all
};

struct FrontendSettings {
  /// CONNECT and TRACE go on only where they are allowed.
  [[nodiscard]] bool passes(http::Method method) const {
    return (method != http::Method::kConnect || allow_connect) &&
           (method != http::Method::kTrace || allow_trace);
  }
  /// Some of its targets may be pages that are made here.
  [[nodiscard]] bool shows_pages() const {
    return stats_uri || pages.health || !pages.metrics.empty();
  }

  std::string name{};
  Mode mode = Mode::kHttp;
  /// What Engine::add_backend() returned; absent: only the statistics page is served, or only
  /// those for whom there is a route.
  std::optional<std::size_t> backend{};
  std::optional<std::string> stats_uri{};  ///< path (with query) of the statistics page
  PageSettings pages{};
  std::size_t max_connections = 2000;                            ///< more wait in the listen queue
  base::Duration client_timeout = std::chrono::seconds(50);      ///< silence of the client
  base::Duration client_fin_timeout = std::chrono::seconds(30);  ///< once the server has finished
  base::Duration http_request_timeout = std::chrono::seconds(10);  ///< for a whole request head
  base::Duration http_keep_alive_timeout = std::chrono::seconds(10);
  std::uint64_t max_body_bytes = UINT64_MAX;  ///< of a request; more is answered with 413
  http::HeadLimits head_limits{};
  ConnectionMode connection_mode = ConnectionMode::kKeepAlive;
  Http2Settings http2{};
  bool abort_on_close = true;  ///< a client that closes gives up a request that no server has yet
  bool upgrade = true;         ///< pass on offers of other protocols (RFC 9110, section 7.8)
  bool allow_connect = false;
  bool allow_trace = false;
  AccessFormat access_format = AccessFormat::kHttp;
  /// A connection that ends without a byte from the client, and with no other fault, is logged.
  bool log_null = false;
  std::vector<std::string> capture_request{};   ///< names of fields; up to kMaxCaptures
  std::vector<std::string> capture_response{};  ///< likewise
  std::size_t capture_length = 64;              ///< bytes of a value that are kept
  /// What servers are told of clients' certificates; absent: nothing.
  std::optional<CertificateFieldSettings> certificate_fields{};
  /// Null: requests are taken as they come. Shared, as settings are copied.
  std::shared_ptr<const RequestPolicy> policy{};
  std::optional<InspectTls> inspect_tls{};  ///< mode tcp; not on binds under TLS
  PerAddress per_address{};
  std::vector<RateLimitSettings> rate_limits{};  ///< up to RateLimiter::kMaxLimits
  /// What Engine::add_table() returned: where its requests and connections are counted.
  std::vector<std::size_t> count_in{};
};

struct EngineSettings {
  std::size_t max_connections = 4000;  ///< of all frontends together
  /// Served even where memory is short: else a ceiling that the rest of the process has reached
  /// would let nobody in for ever.
  std::size_t min_connections = 16;
  std::size_t max_handshakes = 1000;  ///< of TLS, under way at once
  std::size_t max_buffers = 8192;     ///< of 17 KiB: the hard limit on memory for data in flight
  std::size_t max_pipes = 128;        ///< of 256 KiB, for long runs of payload; 0: all is copied
};

}  // namespace hapair::lb
