// What the cross checks of validate() share: the reading, where to report, and who listens where.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/faults.hpp"
#include "apps/hapair/config/reader.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"

namespace hapair::config {

/// Whose an address is.
class AddressBook {
 public:
  explicit AddressBook(const Draft& draft);

  /// Null when no VIP, or no node, has it.
  [[nodiscard]] const VipDraft* vip(const base::IpAddress& address) const;
  [[nodiscard]] const NodeDraft* node(const base::IpAddress& address) const;

 private:
  std::map<base::IpAddress, const VipDraft*> vips_;
  std::map<base::IpAddress, const NodeDraft*> nodes_;
};

struct CrossCheck {
  const Draft& draft;
  const Positions& positions;
  FaultList& faults;
  FaultList& notices;
  AddressBook addresses;

  /// Reports once for each path: a value that is faulty already stays so for its first reason.
  void fault(const std::string& path, std::string message) const;
  void notice(const std::string& path, std::string message) const;

  [[nodiscard]] const VipDraft* vip(std::string_view name) const;
  [[nodiscard]] const BackendDraft* backend(std::string_view name) const;
  [[nodiscard]] const TargetDraft* target(std::string_view name) const;
  /// "there is no backend \"x\"; did you mean \"y\"?"
  [[nodiscard]] std::string unknown(std::string_view what, std::string_view name,
                                    const std::vector<std::string_view>& candidates) const;
};

/// Every node must be on a network that something names; the empty name is their own.
void check_network(const CrossCheck& check, const std::string& path, std::string_view network);
/// What comes at each interval must be over when it comes again.
void check_timeout(const CrossCheck& check, const std::string& path,
                   const std::optional<base::Duration>& timeout, base::Duration interval,
                   std::string_view what = "checks");

/// A backend, or a resolver, that something names at `path` is in the file; an empty name is none.
void check_backend_name(const CrossCheck& check, const std::string& path, std::string_view name);
void check_resolver_name(const CrossCheck& check, const std::string& path, std::string_view name);
/// None of them stands there twice, in whatever case.
void check_twice(const CrossCheck& check, const std::vector<ListedText>& names);
/// The key at `path` has no meaning without the one that is `needed`.
void fault_alone(const CrossCheck& check, const std::string& path, std::string_view needed);
/// `ca` is not given where nobody is asked for a certificate.
void check_ca(const CrossCheck& check, const std::string& path, bool verify, std::string_view ca);

/// "frontends.web"
[[nodiscard]] std::string path_of(const FrontendDraft& frontend);
/// "backends.app"
[[nodiscard]] std::string path_of(const BackendDraft& backend);
/// "backends.app.servers.s1"
[[nodiscard]] std::string path_of(const BackendDraft& backend, const ServerDraft& server);

/// A TCP socket that a bind opens on one node.
struct Listener {
  base::Endpoint endpoint;
  const FrontendDraft* frontend = nullptr;
  const BindDraft* bind = nullptr;
};

/// The addresses that a TCP bind stands for on the node; empty where that can't be told.
[[nodiscard]] std::vector<base::IpAddress> addresses_of(const Draft& draft, const BindDraft& bind,
                                                        std::size_t node);
[[nodiscard]] std::vector<Listener> listeners_on(const Draft& draft, std::size_t node);

void check_cluster(const CrossCheck& check);
void check_log(const CrossCheck& check);
void check_vips(const CrossCheck& check);
void check_targets(const CrossCheck& check);
void check_scripts(const CrossCheck& check);
void check_routes(const CrossCheck& check);
void check_frontends(const CrossCheck& check);
void check_backends(const CrossCheck& check);
void check_balance(const CrossCheck& check);
void check_alerts(const CrossCheck& check);
void check_checks(const CrossCheck& check);
void check_traffic_health(const CrossCheck& check);
void check_http_checks(const CrossCheck& check);
void check_services(const CrossCheck& check);
void check_names(const CrossCheck& check);
void check_sources(const CrossCheck& check);
void check_tls(const CrossCheck& check);
void check_clients(const CrossCheck& check);
void check_request_rules(const CrossCheck& check);
void check_connection_rules(const CrossCheck& check);
void check_maps(const CrossCheck& check);
void check_auth(const CrossCheck& check);
/// A list of users that something names at `path` is in the file; an empty name is none.
void check_users_name(const CrossCheck& check, const std::string& path, std::string_view name);
void check_pages(const CrossCheck& check);
void check_requests(const CrossCheck& check);
void check_keeping(const CrossCheck& check);
void check_tables(const CrossCheck& check);
/// What a match asks of a table.
void check_rate_over(const CrossCheck& check, const MatchDraft& match);

}  // namespace hapair::config
