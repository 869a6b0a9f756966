// The configuration as read: every value is well-formed by itself, but names still are names, and
// what depends on other keys isn't filled in. Made by read_document(), judged by validate(), turned
// into the model by build(). What needs no resolving is stored in the model's own structs.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/draft_balance.hpp"
#include "apps/hapair/config/draft_http_check.hpp"
#include "apps/hapair/config/draft_keeping.hpp"
#include "apps/hapair/config/draft_request_rules.hpp"
#include "apps/hapair/config/draft_requests.hpp"
#include "apps/hapair/config/draft_services.hpp"
#include "apps/hapair/config/model.hpp"
#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

struct NetworkDraft {
  std::string name;
  Attachment attachment;
};

struct NodeDraft {
  std::string name;
  std::optional<base::IpAddress> address;   ///< of either family
  std::optional<base::IpAddress> address6;  ///< beside an IPv4 one
  std::string interface;
  std::vector<NetworkDraft> networks;
  std::optional<std::uint8_t> priority;
};

struct TrackDraft {
  std::string path;     ///< where it stands in the file
  std::string backend;  ///< one of the two is given
  std::string target;
  Track track;
};

struct ScriptDraft {
  std::string path;               ///< where it stands in the file
  std::vector<ListedText> words;  ///< empty: none is given
};

struct TargetDraft {
  Target target;                           ///< not resolved for a node
  std::optional<base::IpAddress> address;  ///< of a gateway
  std::optional<base::Duration> timeout;
  ScriptDraft command;
  std::string user = Script().user;
};

struct VipAddressDraft {
  std::string path;     ///< where it stands in the file
  std::string address;  ///< a Prefix; empty where it is faulty
  VipAddress as;        ///< without its prefix
};

struct NotifyDraft {
  std::string path;  ///< where it stands in the file
  ScriptDraft master;
  ScriptDraft backup;
  ScriptDraft fault;
  ScriptDraft stop;
  ScriptDraft any;
  std::string user = Script().user;
  base::Duration timeout = Script().timeout;
};

struct VipRouteDraft {
  std::string path;  ///< where it stands in the file
  std::string to;    ///< a Prefix or "default"; empty where it is faulty
  std::optional<std::uint32_t> metric;
  VipRoute as;  ///< without its destination and metric
};

struct VipRuleDraft {
  std::string path;                 ///< where it stands in the file
  std::optional<std::string> from;  ///< Prefixes
  std::optional<std::string> to;
  VipRule as;  ///< without those
};

struct VipDraft {
  Vip vip;
  std::vector<VipAddressDraft> addresses;
  std::vector<VipRouteDraft> routes;
  std::vector<VipRuleDraft> rules;
  std::optional<base::Family> family;
  std::optional<base::Duration> advert_interval;
  std::string failback = "immediate";
  std::optional<Auth> auth;
  std::optional<std::string> password;
  std::string password_file;  ///< absolute path; empty: none
  Shape::Numbers priorities;  ///< by node name
  std::vector<TrackDraft> track;
  std::optional<NotifyDraft> notify;
};

struct SyncGroupDraft {
  std::string name;
  std::vector<ListedText> members;
  std::optional<NotifyDraft> notify;
};

struct CertificateDraft {
  std::string path;         ///< where it stands in the file
  std::string certificate;  ///< empty where it is faulty
  std::string key;
  std::string ocsp;
};

struct ClientCertificatesDraft {
  std::string path;  ///< where it stands in the file
  ClientVerify verify = ClientVerify::kRequired;
  std::string ca;
  std::string crl;
};

struct TlsDraft {
  std::string path;  ///< where it stands in the file
  BindTls tls;       ///< without its files
  std::vector<CertificateDraft> certificates;
  std::optional<std::string> ciphers;
  std::optional<std::string> ciphersuites;
  std::optional<std::string> curves;
  std::vector<ListedText> alpn;  ///< empty: by the mode
  std::optional<ClientCertificatesDraft> clients;
};

struct BindDraft {
  std::string path;  ///< where it stands in the file
  std::optional<std::string> vip;
  std::optional<std::string> address;  ///< an address, "*" or "::"
  bool node = false;
  std::optional<std::uint16_t> port;
  std::string unix_path;
  bool accept_proxy = false;
  std::vector<ListedText> proxy_from;  ///< Prefixes
  base::Duration proxy_timeout = AcceptProxy().timeout;
  std::uint32_t backlog = Bind().backlog;
  bool keeps_alive = false;
  TcpKeepAlive keep_alive;
  std::optional<TlsDraft> tls;
  std::vector<ListedText> protocols;  ///< empty: the default
};

struct SniRouteDraft {
  std::string path;  ///< where it stands in the file
  std::vector<ListedText> names;
  std::string backend;  ///< empty where it is faulty
};

struct FrontendDraft {
  Frontend frontend;
  bool is_admin = false;  ///< the listener of the admin section
  std::string page_users;
  std::vector<BindDraft> binds;
  std::optional<std::string> default_backend;
  std::optional<AccessLog> log_format;
  std::vector<ListedText> capture_request;
  std::vector<ListedText> capture_response;
  std::optional<std::uint32_t> max_connections;
  std::vector<SniRouteDraft> sni_routes;
  std::vector<RuleDraft> rules;
  std::optional<std::uint32_t> address_connections;
  std::optional<std::uint32_t> address_handshakes;
  std::vector<ListedText> unlimited;  ///< Prefixes
  RequestsDraft requests;
  std::vector<RateLimitDraft> rate_limits;
  std::vector<ListedText> count_in;  ///< names of tables

  /// Whether it may have traffic for that backend.
  [[nodiscard]] bool uses(std::string_view backend) const;
};

/// Where connections to servers leave from; exactly one is given.
struct SourceDraft {
  bool node = false;
  std::string network;
  std::optional<base::IpAddress> address;
};

struct ResolverDraft {
  std::vector<ListedText> nameservers;  ///< empty: the system's
  Resolver as;                          ///< without those
};

struct ServerDraft {
  std::string name;
  std::optional<base::Endpoint> address;
  std::string host;  ///< instead of an address
  std::uint16_t host_port = 0;
  std::string service;       ///< likewise
  std::string resolve_path;  ///< where `resolve` stands in the file; empty: it doesn't
  std::string resolver;      ///< empty: the default
  std::uint16_t slots = ServerName().slots;
  Prefer prefer = ServerName().prefer;
  std::uint16_t weight = Server().weight;
  bool backup = false;
  std::optional<std::uint32_t> max_connections;
  std::optional<SendProxy> send_proxy;
  std::optional<SourceDraft> source;
  CheckPlace checked_at;
  std::vector<ListedText> protocols;  ///< empty: the backend's
  std::string track;                  ///< "backend/server", or a target; empty: none
  std::string cookie;                 ///< empty: what derives from its name

  [[nodiscard]] bool by_name() const { return !host.empty() || !service.empty(); }
};

struct ServerTlsDraft {
  std::string path;  ///< where it stands in the file
  bool verify = true;
  std::string ca;
  std::string name;
  CertificateDraft certificate;
  TlsVersion min_version = TlsVersion::k12;
  std::optional<std::string> ciphers;
  std::optional<std::string> ciphersuites;
  std::optional<std::string> curves;
};

struct CheckDraft {
  std::string path;  ///< where it stands in the file
  Check check;
  std::optional<base::Duration> fast_interval;
  std::optional<base::Duration> down_interval;
  std::optional<base::Duration> timeout;
  CheckPlace place;
  bool under_tls = false;
  ServerTlsDraft tls;
  std::vector<ListedText> alpn;  ///< empty: by the type
  HttpCheckDraft http;
  ServiceDraft service;
  ScriptDraft command;  ///< script

  /// By its type, or because the file says so.
  [[nodiscard]] bool uses_tls() const {
    return !by_datagram() && (under_tls || check.type == CheckType::kTls);
  }
  [[nodiscard]] bool by_datagram() const {
    return check.type == CheckType::kUdp || check.type == CheckType::kIcmp ||
           (check.type == CheckType::kDns && !service.over_tcp);
  }
};

struct BackendDraft {
  Backend backend;
  BalanceDraft balance;
  bool forwarded_for = false;
  std::string forwarded_field = "X-Forwarded-For";
  std::optional<CheckDraft> check;
  std::optional<AgentDraft> agent;
  std::vector<ListedText> retry_on;  ///< empty: the default
  std::optional<SourceDraft> source;
  bool keeps_alive = false;
  TcpKeepAlive keep_alive;
  std::optional<base::Duration> queue_timeout;
  bool under_tls = false;
  ServerTlsDraft tls;
  std::vector<ListedText> protocols;  ///< empty: the default
  bool finds_outliers = false;
  OutlierRules outlier;
  std::optional<Cookie> cookie;
  std::optional<StickDraft> stick;
  std::vector<RateLimitDraft> rate_limits;
  std::vector<ErrorPageDraft> error_pages;
  std::vector<RuleDraft> rules;
  std::vector<ServerDraft> servers;
};

struct AlertDraft {
  std::string path;  ///< where it stands in the file
  std::string url;   ///< one of the three is given
  std::string relay;
  ScriptDraft command;
  std::string user = Script().user;  ///< command
  std::string password_file;         ///< mail
  std::vector<ListedText> to;
  std::vector<ListedText> about;  ///< empty: all
  bool verify = true;
  std::string ca;
  std::string resolver;  ///< empty: the default
  std::optional<base::Duration> group;
  Alert as;

  [[nodiscard]] bool under_tls() const {
    return url.starts_with("https:") || as.security != MailSecurity::kNone;
  }
};

struct LogTargetDraft {
  std::string path;  ///< where it stands in the file
  LogTarget target;
};

struct Draft {
  Cluster cluster;  ///< without its nodes
  std::vector<NodeDraft> nodes;
  Process process;
  std::vector<LogTargetDraft> log;
  JournalFile journal;
  Metrics metrics;
  std::vector<VipDraft> vips;
  std::vector<SyncGroupDraft> sync_groups;
  std::vector<TargetDraft> targets;
  std::vector<NamedMatchDraft> matches;
  std::vector<MapDraft> maps;
  std::vector<TableDraft> tables;
  std::vector<UserListDraft> users;
  std::vector<FrontendDraft> frontends;
  std::vector<ResolverDraft> resolvers;
  std::vector<BackendDraft> backends;
  std::vector<AlertDraft> alerts;
};

[[nodiscard]] std::vector<std::string> texts_of(const std::vector<ListedText>& list);
[[nodiscard]] bool is_listed(std::string_view text, const std::vector<ListedText>& list);

/// validate() has made sure that there is one of that name.
[[nodiscard]] std::size_t backend_index(const Draft& draft, std::string_view name);
[[nodiscard]] std::size_t table_index(const Draft& draft, std::string_view name);

/// The same for a list of users.
[[nodiscard]] std::size_t user_list_index(const Draft& draft, std::string_view name);
/// A rule asks servers of that backend whether requests may go on.
[[nodiscard]] bool asks_backend(const Draft& draft, std::string_view name);

/// The resolver that needs no mention.
inline constexpr std::string_view kDefaultResolver = "default";

/// The name of the resolver for what names `given` (empty: none); empty: the system's nameservers.
[[nodiscard]] std::string_view resolver_of(const Draft& draft, std::string_view given);
/// Those of servers and alerts, as resolver_of() has them.
[[nodiscard]] std::set<std::string_view> resolvers_of(const Draft& draft);
/// Some name goes to the system's nameservers.
[[nodiscard]] bool asks_system(const Draft& draft);

/// Of all VIPs and sync groups that have one.
[[nodiscard]] std::vector<const NotifyDraft*> notifies_of(const Draft& draft);
/// Every script that the file names.
[[nodiscard]] std::vector<const ScriptDraft*> scripts_of(const Draft& draft);
/// The node's priority for all VIPs; by its place in the file (254, 253, ...) unless given.
[[nodiscard]] std::uint8_t priority_of(const Draft& draft, std::size_t node);
/// Its priority for one VIP, which may give it another one.
[[nodiscard]] std::uint8_t priority_of(const Draft& draft, const VipDraft& vip, std::size_t node);
/// Where a node is on its own network.
[[nodiscard]] Attachment home_of(const NodeDraft& node);
/// Where a node is on a network (the empty name: its own); nullopt where it isn't on it.
[[nodiscard]] std::optional<Attachment> attachment_of(const NodeDraft& node,
                                                      std::string_view network);
/// nullopt where it is faulty.
[[nodiscard]] std::optional<base::IpAddress> address_of(const VipAddressDraft& each);
/// The family that a VIP's adverts travel over; nullopt where faults leave none.
[[nodiscard]] std::optional<base::Family> family_of(const VipDraft& vip);
/// Where a route leads; nullopt where it is faulty or its family can't be told.
[[nodiscard]] std::optional<base::Prefix> destination_of(const VipRouteDraft& route);
/// As given, else the kernel's default for the family.
[[nodiscard]] std::uint32_t metric_of(const VipRouteDraft& route, base::Family family);
/// As given, else signatures where the version can and the cluster has a secret.
[[nodiscard]] Auth auth_of(const VipDraft& vip, bool secret);

}  // namespace hapair::config
