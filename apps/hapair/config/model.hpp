// The validated configuration of one node: plain values, every reference resolved, never changed
// after config::load() or config::parse_envelope() has made it. Defaults stand here and nowhere
// else: the reader, the JSON Schema and the docs take them from these initialisers.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "apps/hapair/config/model_alerts.hpp"
#include "apps/hapair/config/model_checks.hpp"
#include "apps/hapair/config/model_clients.hpp"
#include "apps/hapair/config/model_health.hpp"
#include "apps/hapair/config/model_keeping.hpp"
#include "apps/hapair/config/model_log.hpp"
#include "apps/hapair/config/model_maps.hpp"
#include "apps/hapair/config/model_metrics.hpp"
#include "apps/hapair/config/model_names.hpp"
#include "apps/hapair/config/model_pages.hpp"
#include "apps/hapair/config/model_requests.hpp"
#include "apps/hapair/config/model_targets.hpp"
#include "apps/hapair/scripts/script.hpp"
#include "apps/hapair/tls_files/tls_file.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/log.hpp"
#include "common/base/time.hpp"
#include "liblb/core/balance.hpp"
#include "liblb/core/rules/spec.hpp"
#include "liblb/core/rules/user_list.hpp"

namespace hapair::config {

inline constexpr std::size_t kHmacKeyBytes = 32;

/// Where a node is on one network.
struct Attachment {
  std::string interface;                      ///< 1 to 15 bytes
  std::optional<base::IpAddress> address{};   ///< IPv4; adverts leave from it
  std::optional<base::IpAddress> address6{};  ///< IPv6, not link-local

  [[nodiscard]] const std::optional<base::IpAddress>& of(base::Family family) const {
    return family == base::Family::kIpv4 ? address : address6;
  }

  bool operator==(const Attachment&) const = default;
};

struct Node {
  std::string name;
  base::IpAddress address;  ///< of either family; how the node is known; no VIP
  Attachment home;          ///< its own network, whose address this is
  std::map<std::string, Attachment, std::less<>> networks;  ///< further ones, by name
  std::uint8_t priority = 0;  ///< 1 to 254; derived from the order (254, 253, ...) unless given

  /// Where it is on the network of that name; the empty name is its own. It must be there.
  [[nodiscard]] const Attachment& on(std::string_view network) const {
    return network.empty() ? home : networks.find(network)->second;
  }

  bool operator==(const Node&) const = default;
};

/// What the nodes tell each other beside VRRP, once in each interval and on change.
struct Hello {
  bool wanted = true;
  std::uint16_t port = 5112;                          ///< UDP, 1024 to 65535
  base::Duration interval = std::chrono::seconds(1);  ///< 100ms to 1m

  bool operator==(const Hello&) const = default;
};

struct Cluster {
  std::string name = "hapair";
  std::string secret_file;  ///< absolute path; empty: none
  base::Duration startup_delay =
      std::chrono::seconds(1);  ///< 0s to 10m: a node that starts listens at least so long
  Hello hello;
  std::vector<Node> nodes;  ///< at least one, in order of preference

  /// It is signed, and for others.
  [[nodiscard]] bool says_hello() const {
    return hello.wanted && !secret_file.empty() && nodes.size() > 1;
  }

  bool operator==(const Cluster&) const = default;
};

struct Process {
  std::string user = "hapair";
  std::string group = "hapair";  ///< may read the control socket
  std::string write_group;       ///< may change things over it; empty: only root
  base::Duration heartbeat_limit =
      std::chrono::milliseconds(250);  ///< 50ms to 10s: older, and the worker counts as dead
  base::Duration drain_timeout =
      std::chrono::seconds(10);          ///< 0s to 1h: for running requests when leaving
  std::uint32_t max_connections = 4000;  ///< 1 to 1000000: client connections of all frontends
  std::uint32_t max_handshakes = 1000;   ///< 1 to 1000000: of TLS with clients, under way
  std::uint32_t max_buffers = 8192;      ///< 16 to 1000000, of 17 KiB: for data in flight
  /// 32MiB to 1TiB resident, from where on the worker gives things up; 0: by its control group.
  std::uint64_t max_memory = 0;
  std::uint16_t max_accept = 16;  ///< 1 to 1024: of a bind, before others get their turn

  bool operator==(const Process&) const = default;
};

/// Gratuitous ARP and unsolicited neighbour advertisements for the addresses of a VIP.
struct Announce {
  std::uint8_t repeat = 5;                         ///< 1 to 100 rounds at once on becoming master
  base::Duration delay = std::chrono::seconds(5);  ///< 0s to 1h: then once more after this; 0s: not
  base::Duration refresh =
      std::chrono::seconds(60);  ///< 0s to 1d: again and again while master; 0s: never
  base::Duration interval{};     ///< 0s to 100ms: between two messages of the VIP

  bool operator==(const Announce&) const = default;
};

/// A program that is run for the operator, or a look that hapair takes itself.
struct Script {
  std::vector<std::string> argv;  ///< 1 to 32 words; as scripts::ScriptKind says
  std::string user = "nobody";
  base::Duration timeout = std::chrono::seconds(30);  ///< 10ms to 1h
  scripts::ScriptKind kind = scripts::ScriptKind::kProgram;
  bool hears = false;  ///< an alert's command

  bool operator==(const Script&) const = default;
};

/// What a lack of servers in a backend, or a target that is down, does to a VIP's election. With
/// neither a penalty nor a fault the verdict decides: a node whose backends have enough servers is
/// the better master, one that has lost its gateway a worse one, and one whose other target is down
/// can't serve.
struct Track {
  std::optional<std::size_t> target;    ///< index into Model::targets; nullopt: a backend
  std::size_t backend = 0;              ///< index into Model::backends
  std::uint16_t min_up = 1;             ///< 1 to 1024 servers up, else it counts as failed
  std::optional<std::uint8_t> penalty;  ///< 1 to 253, taken off the priority (never below 1)
  bool fault = false;                   ///< true: give the VIP up altogether instead

  bool operator==(const Track&) const = default;
};

/// Whether the preferred node takes a VIP back from a master that serves.
struct Failback {
  enum class Kind : std::uint8_t { kImmediate, kNever, kAfter };
  Kind kind = Kind::kImmediate;
  base::Duration stable{};  ///< kAfter: up to 1d

  bool operator==(const Failback&) const = default;
};

/// How adverts are known to be ours.
enum class Auth : std::uint8_t {
  kNone,
  kPassword,  ///< version 2: in clear text
  kHmac,      ///< version 3
};

enum class HmacMode : std::uint8_t { kReceiveOnly, kPermissive, kEnforce };

enum class Transport : std::uint8_t { kMulticast, kUnicast };

/// How far an address is known; the values are the kernel's (rtnetlink).
enum class Scope : std::uint8_t { kGlobal = 0, kSite = 200, kLink = 253, kHost = 254 };

struct VipAddress {
  base::Prefix prefix;
  std::string network;  ///< empty: the VIP's
  std::string label;    ///< IPv4 only, up to 15 bytes; empty: none
  Scope scope = Scope::kGlobal;
  bool advertise = true;  ///< in the adverts, if it is of the VIP's family

  // Resolved for this node:
  std::string interface;

  bool operator==(const VipAddress&) const = default;
};

/// The scripts that are told what a VIP or sync group has become; indices into Model::scripts.
struct Notify {
  std::string name;                                      ///< of the VIP or sync group
  bool group = false;                                    ///< it is a sync group
  std::array<std::optional<std::size_t>, 4> by_state{};  ///< master, backup, fault, stop
  std::optional<std::size_t> any{};                      ///< of every state, behind the state's own

  bool operator==(const Notify&) const = default;
};

inline constexpr std::uint32_t kMainTable = 254;

/// A route that is there while the VIP is.
struct VipRoute {
  base::Prefix to;
  std::optional<base::IpAddress> via;     ///< of the same family; absent: it is on the link
  std::string network;                    ///< empty: the VIP's
  std::optional<base::IpAddress> source;  ///< an address of the VIP; IPv4: the node's unless given
  std::uint32_t table = kMainTable;       ///< 1 to 4294967295, not 255
  std::uint32_t metric = 0;               ///< IPv6: 1024 unless given

  // Resolved for this node:
  std::string interface;

  bool operator==(const VipRoute&) const = default;
};

/// A routing rule that is there while the VIP is; at least one of `from` and `to` is given.
struct VipRule {
  std::optional<base::Prefix> from;
  std::optional<base::Prefix> to;
  std::uint32_t table = kMainTable;  ///< 1 to 4294967295, not 255
  std::uint32_t priority = 0;        ///< 1 to 32765

  bool operator==(const VipRule&) const = default;
};

/// One virtual router (RFC 9568) and its addresses.
struct Vip {
  std::string name;
  std::uint8_t router_id = 0;         ///< 1 to 255, unique in the file
  std::string network;                ///< where adverts travel; empty: the nodes' own
  std::vector<VipAddress> addresses;  ///< 1 to 255, all distinct, at least one in the adverts
  bool virtual_mac = false;           ///< for its addresses on its own network
  std::vector<VipRoute> routes;       ///< up to 64
  std::vector<VipRule> rules;         ///< up to 64
  base::Family family = base::Family::kIpv4;  ///< of the adverts and of the addresses in them
  std::uint8_t version = 3;                   ///< 2 or 3
  base::Duration advert_interval =
      std::chrono::milliseconds(100);  ///< v3: 10ms to 40950ms in 10ms steps; v2: 1s to 255s
  Failback failback;
  Transport transport = Transport::kMulticast;
  Auth auth = Auth::kNone;  ///< version 3: kHmac where the cluster has a secret, unless given
  HmacMode hmac_mode = HmacMode::kEnforce;  ///< with kHmac
  std::optional<std::string> password;      ///< with kPassword: 1 to 8 bytes
  std::string hmac_key;  ///< with kHmac: 32 bytes; empty where the secret is not at hand
  Announce announce;
  std::vector<Track> track;
  std::optional<std::size_t> notify;  ///< index into Model::notifies

  // Resolved for this node:
  std::string interface;
  base::IpAddress source;     ///< of our adverts; :: where the link-local one isn't known
  std::uint8_t priority = 0;  ///< 1 to 254
  std::vector<std::uint8_t> node_priorities;  ///< of all nodes for this VIP, in file order
  std::vector<base::IpAddress> peers;         ///< the other nodes' addresses, in file order

  /// True where an address of the family has the virtual router's MAC address; link-local ones
  /// never have.
  [[nodiscard]] bool has_virtual_mac(base::Family of) const {
    return virtual_mac && std::ranges::any_of(addresses, [&](const VipAddress& each) {
             return each.interface == interface && each.prefix.address.family() == of &&
                    !each.prefix.address.is_link_local();
           });
  }
  [[nodiscard]] bool has(const base::IpAddress& address) const {
    return std::ranges::any_of(
        addresses, [&](const VipAddress& each) { return each.prefix.address == address; });
  }
  /// True for an address that stands in the adverts.
  [[nodiscard]] bool advertises(const VipAddress& each) const {
    return each.advertise && each.prefix.address.family() == family;
  }

  bool operator==(const Vip&) const = default;
};

/// VIPs that are on one node together.
struct SyncGroup {
  std::string name;
  std::vector<std::size_t> vips;  ///< at least two indices into Model::vips; each in one group only
  std::optional<std::size_t> notify{};  ///< index into Model::notifies

  bool operator==(const SyncGroup&) const = default;
};

enum class Mode : std::uint8_t { kHttp, kTcp };
enum class AccessLog : std::uint8_t { kOff, kHttp, kTcp, kJson };

/// A bind whose connections begin with a PROXY header.
struct AcceptProxy {
  std::vector<base::Prefix> from;                    ///< those from here; empty: all of them
  base::Duration timeout = std::chrono::seconds(5);  ///< 10ms to 1m: for the whole header

  bool operator==(const AcceptProxy&) const = default;
};

/// TCP keep-alive: a peer that has long been silent is asked whether it is still there.
struct TcpKeepAlive {
  base::Duration idle = std::chrono::seconds(60);  ///< 1s to 9h: silence before the first question
  base::Duration interval = std::chrono::seconds(10);  ///< 1s to 9h: between two
  std::uint16_t count = 6;                             ///< 1 to 100 without an answer end it

  bool operator==(const TcpKeepAlive&) const = default;
};

/// Whether clients are asked for a certificate.
enum class ClientVerify : std::uint8_t { kNone, kOptional, kRequired };

/// How a bind's connections are under TLS. Files are indices into Model::tls_files.
struct BindTls {
  std::string name{};                       ///< the same on every node: "frontends.web.bind[0].tls"
  std::vector<std::size_t> certificates{};  ///< at least one
  bool strict_sni = false;
  TlsVersion min_version = TlsVersion::k12;
  std::string ciphers{};            ///< of TLS 1.2, as OpenSSL lists them; empty: tls::Policy's
  std::string ciphersuites{};       ///< of TLS 1.3, likewise
  std::string curves{};             ///< likewise
  std::vector<std::string> alpn{};  ///< offered; in mode http at least one
  base::Duration handshake_timeout = std::chrono::seconds(5);  ///< 10ms to 1m
  ClientVerify verify = ClientVerify::kNone;
  std::optional<std::size_t> ca{};   ///< with `verify`
  std::optional<std::size_t> crl{};  ///< with `verify`, perhaps

  bool operator==(const BindTls&) const = default;
};

/// The versions of HTTP that the clients of a bind may speak, or that a server does; at least one.
struct Protocols {
  bool http1 = true;
  bool http2 = false;

  bool operator==(const Protocols&) const = default;
};

/// One listening socket. A bind to a VIP with several addresses becomes several of these.
struct Bind {
  std::uint16_t id = 0;            ///< counts up over all frontends; the same on every node
  std::string text;                ///< for people: "192.0.2.1:80", "unix:/run/app.sock"
  base::Endpoint endpoint;         ///< unused when `unix_path` is set
  std::string unix_path;           ///< absolute, 1 to 107 bytes; empty: TCP
  std::optional<std::size_t> vip;  ///< index into Model::vips: accept only while master of it
  std::optional<AcceptProxy> accept_proxy;
  std::optional<TcpKeepAlive> keep_alive;
  std::uint32_t backlog = 4096;      ///< 1 to 65535 connections wait to be accepted
  std::optional<std::size_t> tls{};  ///< index into Model::tls
  Protocols protocols;               ///< mode http only

  bool operator==(const Bind&) const = default;
};

struct FrontendTimeouts {
  base::Duration client = std::chrono::seconds(50);  ///< 1ms to 1d: no byte from or to the client
  base::Duration http_request =
      std::chrono::seconds(10);  ///< 1ms to 1h: for a complete request head
  base::Duration http_keep_alive =
      std::chrono::seconds(60);  ///< 1ms to 1h: for the next request to begin
  base::Duration client_fin =
      std::chrono::seconds(30);  ///< 1ms to 1d: for a client to finish once the server has

  bool operator==(const FrontendTimeouts&) const = default;
};

struct RequestLimits {
  std::uint64_t body = 0;             ///< bytes, up to 1TiB; 0: no limit
  std::uint64_t request_line = 8192;  ///< bytes with CRLF, 256B to 16KiB
  std::uint64_t head = 16384;         ///< bytes, 256B to 16KiB, the request line included
  std::uint16_t fields = 100;         ///< 1 to 100

  bool operator==(const RequestLimits&) const = default;
};

enum class Connection : std::uint8_t { kKeepAlive, kServerClose, kClose };

/// How a frontend in mode http treats requests and their connections.
struct HttpOptions {
  Connection connection = Connection::kKeepAlive;
  bool abort_on_close = true;
  bool upgrade = true;
  bool connect = false;
  bool trace = false;
  std::uint32_t max_streams = 100;                          ///< HTTP/2: 1 to 1000, of one client
  base::Duration ping_interval = std::chrono::seconds(15);  ///< HTTP/2: 0 (never) or 1s to 1h

  bool operator==(const HttpOptions&) const = default;
};

/// Header fields that stand in access lines.
struct Capture {
  std::vector<std::string> request;   ///< up to 8 names
  std::vector<std::string> response;  ///< up to 8 names
  std::uint16_t length = 64;          ///< 1 to 256: bytes of a value that are kept

  bool operator==(const Capture&) const = default;
};

/// The name of the frontend that the admin section makes.
inline constexpr std::string_view kAdminFrontend = "admin";

struct Frontend {
  std::string name;
  Mode mode = Mode::kHttp;
  std::vector<Bind> binds;
  std::string stats;                           ///< request target of the page; empty: none
  Pages pages{};                               ///< mode http only
  std::optional<std::size_t> default_backend;  ///< index; absent only with pages, rules or routes
  AccessLog log_format = AccessLog::kHttp;     ///< kTcp unless given in mode tcp
  bool log_null = false;                       ///< connections without a byte from the client too
  Capture capture;                             ///< mode http only
  std::uint32_t max_connections = 0;           ///< 1 to 1000000; the process's unless given
  HttpOptions http;
  FrontendTimeouts timeouts;
  RequestLimits limits;
  CertificateFields certificate_fields;  ///< mode http only
  InspectTls inspect_tls;                ///< mode tcp only
  PerAddress per_address;
  RequestOptions requests;             ///< mode http only
  std::vector<RateLimit> rate_limits;  ///< up to 8
  std::vector<std::size_t> count_in;   ///< up to 8 indexes of tables
  std::vector<lb::rules::Rule> rules{};

  /// Whether it has traffic for that backend, whatever maps hold.
  [[nodiscard]] bool uses(std::size_t backend) const {
    return default_backend == backend ||
           std::ranges::find(inspect_tls.routes, backend, &SniRoute::backend) !=
               inspect_tls.routes.end() ||
           std::ranges::any_of(rules, [backend](const lb::rules::Rule& rule) {
             const auto* mapped = std::get_if<lb::rules::UseMapped>(&rule.actions.back());
             return lb::rules::backend_of(rule.actions.back()) == backend ||
                    (mapped != nullptr && mapped->otherwise == backend);
           });
  }

  bool operator==(const Frontend&) const = default;
};

/// Which server connections a request may go over, as HAProxy's http-reuse has it.
enum class Reuse : std::uint8_t { kNever, kSafe, kAggressive, kAlways };

/// The failures after which a request is tried again, as HAProxy's retry-on has them.
struct RetryOn {
  bool connection_failure = true;
  bool empty_response = false;
  bool junk_response = false;
  bool response_timeout = false;
  std::vector<std::uint16_t> statuses;

  bool operator==(const RetryOn&) const = default;
};

struct Server {
  std::string name;
  base::Endpoint address;                  ///< unused where it is given by name
  std::uint16_t weight = 1;                ///< 0 to 256; 0: no new requests
  bool backup = false;                     ///< it serves while no server can that is none
  std::uint32_t max_connections = 0;       ///< 1 to 1000000 requests or connections; 0: no limit
  SendProxy send_proxy = SendProxy::kOff;  ///< the backend's unless given
  CheckPlace checked_at{};                 ///< as its check's unless given
  std::string track{};  ///< the server "backend/server" or target that it follows; empty: none

  Protocols protocols{};  ///< mode http only; the backend's unless given

  // Resolved for this node:
  std::optional<base::IpAddress> source{};  ///< connections and checks leave from here
  std::optional<ServerName> by_name{};      ///< it stands for as many servers as that has addresses
  std::optional<std::size_t> echo{};        ///< index into Model::echoes; absent: none is sent
  /// The check is a script's: index into Model::scripts. One for each server.
  std::optional<std::size_t> check_script{};

  std::string cookie{};  ///< what stands for it in cookies; empty: what derives from its name

  bool operator==(const Server&) const = default;
};

struct BackendTimeouts {
  base::Duration connect = std::chrono::seconds(5);  ///< 1ms to 1h
  base::Duration queue{};  ///< 1ms to 1h for a server with room; `connect` unless given
  base::Duration server = std::chrono::seconds(50);  ///< 1ms to 1d: no byte from or to the server
  base::Duration tunnel = std::chrono::hours(1);     ///< 1ms to 1d: no byte either way
  base::Duration server_fin =
      std::chrono::seconds(30);  ///< 1ms to 1d: for a server to finish once the client has
  base::Duration keep_alive = std::chrono::seconds(4);  ///< 0s to 1h: an unused connection is kept

  bool operator==(const BackendTimeouts&) const = default;
};

/// What a server is that says nothing of its own.
struct ServerDefaults {
  CheckPlace checked_at{};
  Protocols protocols{};
  std::optional<base::IpAddress> source4{};  ///< connections to IPv4 servers leave from here
  std::optional<base::IpAddress> source6{};

  bool operator==(const ServerDefaults&) const = default;
};

struct Backend {
  std::string name;
  lb::BalanceSettings balance{};
  bool all_backups = false;    ///< else the first of the backup servers that can
  std::string forwarded_for;   ///< name of the field that gets the client's address; empty: none
  std::optional<Check> check;  ///< absent: the servers count as up
  TrafficHealth traffic_health{};
  std::optional<Agent> agent{};
  std::uint16_t retries = 2;  ///< 0 to 10 further attempts after failures in retry_on
  RetryOn retry_on;
  SendProxy send_proxy = SendProxy::kOff;
  std::optional<ServerTls> tls{};
  std::optional<TcpKeepAlive> keep_alive;  ///< of connections to servers
  bool redispatch = true;                  ///< further attempts go to other servers where there are
  Reuse reuse = Reuse::kSafe;              ///< mode http
  std::uint32_t max_streams = 100;         ///< HTTP/2: 1 to 1000, of one connection to a server
  base::Duration ping_interval = std::chrono::seconds(15);  ///< HTTP/2: 0 (never) or up to 1h
  std::uint32_t max_queue = 1024;  ///< 0 to 1000000 may wait for a server with room
  BackendTimeouts timeouts;
  std::optional<Cookie> cookie{};        ///< mode http
  std::optional<Stick> stick{};          ///< without `cookie`
  std::vector<RateLimit> rate_limits{};  ///< up to 8
  std::vector<ErrorPage> error_pages{};  ///< mode http only; before the frontend's
  std::vector<Server> servers;           ///< at least one
  ServerDefaults server_defaults{};
  /// Behind those of the frontend; they use no other backend. Mode http only.
  std::vector<lb::rules::Rule> rules{};

  bool server_histograms = false;  ///< as Metrics has it

  bool operator==(const Backend&) const = default;
};

/// A server that is checked by echoes, and where those leave from.
struct Echo {
  base::IpAddress address;
  std::optional<base::IpAddress> source{};  ///< of the address's family; absent: any

  bool operator==(const Echo&) const = default;
};

struct Model {
  Cluster cluster;
  Process process;
  std::vector<LogTarget> log;  ///< at least one
  JournalFile journal;
  Metrics metrics;
  std::vector<Vip> vips;
  std::vector<SyncGroup> sync_groups;
  std::vector<Target> targets;
  std::vector<Script> scripts;
  std::vector<Notify> notifies;
  std::vector<tls_files::Source> tls_files;
  /// What was in them, in the same order, when the configuration was read; may be missing whole.
  std::vector<tls_files::Items> tls_items;
  std::vector<RuleMap> maps;
  std::vector<BindTls> tls;  ///< of all binds
  std::vector<Table> tables;
  std::vector<Frontend> frontends;
  std::vector<Resolver> resolvers;  ///< those of the file, then the system's, without a name
  std::vector<Backend> backends;
  std::vector<Echo> echoes;  ///< of all backends
  std::vector<Alert> alerts;
  std::vector<lb::rules::UserList> users{};  ///< by their places in rules
  std::size_t self = 0;                      ///< index into cluster.nodes: who we are
  std::string hash;                          ///< SHA-256 of the file's bytes, 64 hex digits
  std::string hello_key;     ///< 32 bytes where the nodes say hello, if the secret is at hand
  std::string ticket_key{};  ///< 32 bytes where binds are under TLS, if the secret is at hand
  std::string cookie_key{};  ///< 32 bytes where a backend has a cookie, likewise

  [[nodiscard]] const Node& node() const { return cluster.nodes[self]; }

  /// The sync group that a VIP is in; null: in none.
  [[nodiscard]] const SyncGroup* sync_group_of(std::size_t vip) const {
    const auto found = std::ranges::find_if(sync_groups, [vip](const SyncGroup& group) {
      return std::ranges::find(group.vips, vip) != group.vips.end();
    });
    return found == sync_groups.end() ? nullptr : &*found;
  }

  bool operator==(const Model&) const = default;
};

}  // namespace hapair::config
