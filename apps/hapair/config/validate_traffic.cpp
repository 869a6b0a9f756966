// Cross checks of frontends and backends; see validate.hpp.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "apps/hapair/config/cross_check.hpp"
#include "apps/hapair/config/maps.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

constexpr std::uint16_t kExamplePort = 80;  // in remedies, where the file has no right port

/// What can't be in a backend that a frontend in mode tcp uses.
void check_tcp_backend(const CrossCheck& check, const FrontendDraft& frontend,
                       const BackendDraft& backend) {
  const std::string path = path_of(backend);
  const auto refuse = [&](std::string_view key, std::string_view why) {
    check.fault(concat(path, key),
                concat("frontend ", frontend.frontend.name, " uses this backend in mode tcp, ", why,
                       "; remove it, or use mode http"));
  };
  if (backend.forwarded_for) refuse(".forwarded_for", "where no field can be added");
  if (!backend.error_pages.empty()) refuse(".error_pages", "where nothing is answered here");
  if (!backend.rules.empty()) refuse(".rules", "where there are no requests");
  if (backend.backend.traffic_health.observe == Observe::kLayer7) {
    check.fault(path + ".observe",
                concat("frontend ", frontend.frontend.name,
                       " uses this backend in mode tcp, where there are no responses to observe; "
                       "use \"layer4\""));
  }
  if (check.positions.given(path + ".reuse")) {
    refuse(".reuse", "where each client gets a connection of its own");
  }
  const auto speaks = [](const ServerDraft& server) { return !server.protocols.empty(); };
  if (!backend.protocols.empty() || std::ranges::any_of(backend.servers, speaks)) {
    refuse(backend.protocols.empty() ? ".servers" : ".protocols",
           "where bytes pass as they come and no version of HTTP is spoken");
  }
  for (const ListedText& failure : backend.retry_on) {
    if (failure.text != "conn-failure") {
      check.fault(failure.path,
                  concat("frontend ", frontend.frontend.name,
                         " uses this backend in mode tcp, where only \"conn-failure\" "
                         "can be told; remove it, or use mode http"));
    }
  }
}

/// A backend that the frontend names at `path`.
void check_named_backend(const CrossCheck& check, const FrontendDraft& frontend,
                         const std::string& path, const std::string& name) {
  check_backend_name(check, path, name);
  const BackendDraft* backend = check.backend(name);
  if (backend != nullptr && frontend.frontend.mode == Mode::kTcp) {
    check_tcp_backend(check, frontend, *backend);
  }
}

void check_frontend_backends(const CrossCheck& check, const FrontendDraft& frontend) {
  const std::string path = path_of(frontend) + ".default_backend";
  if (frontend.default_backend) {
    check_named_backend(check, frontend, path, *frontend.default_backend);
  } else if (!frontend.is_admin && !check.positions.given(path_of(frontend) + ".stats") &&
             !check.positions.given(path_of(frontend) + ".metrics") &&
             frontend.sni_routes.empty() && frontend.rules.empty() &&
             !frontend.frontend.requests.answers() && !check.positions.given(path)) {
    check.fault(path_of(frontend),
                "has neither default_backend nor stats, so no answer to give; add one");
  }
  for (const SniRouteDraft& route : frontend.sni_routes) {
    if (route.backend.empty()) continue;
    check_named_backend(check, frontend, route.path + ".backend", route.backend);
  }
  for (const RuleDraft& rule : frontend.rules) {
    const bool by_server = rule.use_backend.empty();
    check_named_backend(check, frontend, rule.path + (by_server ? ".use_server" : ".use_backend"),
                        rule.backend());
  }
}

void check_mode(const CrossCheck& check, const FrontendDraft& frontend) {
  if (frontend.frontend.mode == Mode::kHttp) return;
  const std::string path = path_of(frontend);
  if (frontend.log_format == AccessLog::kHttp) {
    check.fault(path + ".log_format",
                "\"httplog\" needs requests, and mode tcp knows none; use \"tcplog\", \"json\" or "
                "\"off\"");
  }
  for (const BindDraft& bind : frontend.binds) {
    if (bind.protocols.empty()) continue;
    check.fault(bind.path + ".protocols", "has no meaning where mode is \"tcp\"; remove it");
  }
  for (std::string_view key : {".timeouts.http_request", ".timeouts.http_keep_alive"}) {
    if (check.positions.given(concat(path, key))) {
      check.fault(concat(path, key), "has no meaning where mode is \"tcp\"; remove it");
    }
  }
}

void check_bind_address(const CrossCheck& check, const BindDraft& bind) {
  if (!bind.address || *bind.address == "*") return;
  const base::IpAddress address = base::IpAddress::parse(*bind.address).value();
  const std::uint16_t port = bind.port.value_or(kExamplePort);
  if (address.is_link_local()) {
    check.fault(bind.path + ".address",
                concat(address.to_string(),
                       " is a link-local address, which means nothing without an interface; make "
                       "it an address of a VIP and write { \"vip\": ..., \"port\": ",
                       port, " }"));
  }
  if (const VipDraft* vip = check.addresses.vip(address)) {
    check.fault(bind.path + ".address",
                concat(address.to_string(), " is an address of VIP ", vip->vip.name,
                       ", which this node doesn't always have; write { \"vip\": \"", vip->vip.name,
                       "\", \"port\": ", port, " }"));
  }
  const NodeDraft* node = check.addresses.node(address);
  if (node != nullptr && check.draft.nodes.size() > 1) {
    check.fault(bind.path + ".address",
                concat(address.to_string(), " is node ", node->name,
                       "'s own address, which the other nodes don't have; write a vip, so that a "
                       "failover reaches it, or { \"node\": true, \"port\": ",
                       port, " } for each node's own"));
  }
}

void check_binds(const CrossCheck& check, const FrontendDraft& frontend) {
  std::vector<std::string_view> vips;
  for (const VipDraft& vip : check.draft.vips) vips.push_back(vip.vip.name);
  for (const BindDraft& bind : frontend.binds) {
    const std::string& path = bind.path;
    if (bind.vip && check.vip(*bind.vip) == nullptr &&
        !check.positions.given(concat("vips.", *bind.vip))) {
      check.fault(path + ".vip", check.unknown("vip", *bind.vip, vips));
    }
    if (!bind.node && check.positions.given(path + ".node")) {
      check.fault(path + ".node",
                  "is false, so the bind says nothing; write true, or a vip or address");
    }
    if (!bind.unix_path.empty() && bind.keeps_alive) {
      check.fault(path + ".tcp_keepalive",
                  "a Unix socket has no TCP, and its peer is never lost in a network; remove it");
    }
    check_bind_address(check, bind);
  }
}

/// True when two sockets can't both be open.
bool collide(const base::Endpoint& a, const base::Endpoint& b) {
  return a.port == b.port && a.address.family() == b.address.family() &&
         (a.address == b.address || a.address.is_any() || b.address.is_any());
}

/// Two binds of one node on the same address and port.
void check_collisions(const CrossCheck& check, std::size_t node) {
  std::map<std::uint16_t, std::vector<Listener>> by_port;
  for (const Listener& listener : listeners_on(check.draft, node)) {
    auto& others = by_port[listener.endpoint.port];
    const auto other = std::ranges::find_if(
        others, [&](const Listener& open) { return collide(open.endpoint, listener.endpoint); });
    if (other != others.end() && other->bind != listener.bind) {
      const bool covered = other->endpoint != listener.endpoint;
      check.fault(
          listener.bind->path,
          concat(listener.endpoint.to_string(), covered ? " overlaps " : " is already bound by ",
                 other->bind->path, covered ? concat(" (", other->endpoint.to_string(), ")") : "",
                 "; use another port or remove one of the two"));
    }
    others.push_back(listener);
  }
}

void check_unix_binds(const CrossCheck& check) {
  std::map<std::string_view, std::string_view> taken;
  for (const FrontendDraft& frontend : check.draft.frontends) {
    for (const BindDraft& bind : frontend.binds) {
      if (bind.unix_path.empty()) continue;
      const auto [other, fresh] = taken.emplace(bind.unix_path, bind.path);
      if (fresh) continue;
      check.fault(bind.path, concat(bind.unix_path, " is already bound by ", other->second,
                                    "; use another path or remove one of the two"));
    }
  }
}

/// Names of the backends that get requests by maps; empty where no rule goes by one.
std::vector<std::string> mapped_in(const Draft& draft) {
  if (std::ranges::none_of(draft.frontends, goes_by_map)) return {};
  return mapped_backends(draft);
}

/// Where traffic goes that comes to a frontend of ours.
class Ways {
 public:
  explicit Ways(const CrossCheck& check) : check_(check), mapped_(mapped_in(check.draft)) {
    for (std::size_t node = 0; node < check.draft.nodes.size(); ++node) {
      for (const Listener& listener : listeners_on(check.draft, node)) {
        listeners_.emplace(listener.endpoint, listener.frontend);
      }
    }
  }
  [[nodiscard]] const std::vector<std::string>& mapped() const { return mapped_; }

  /// The frontend that listens there; null: none of ours.
  [[nodiscard]] const FrontendDraft* at(const base::Endpoint& target) const {
    auto found = listeners_.find(target);
    const bool ours = check_.addresses.vip(target.address) != nullptr ||
                      check_.addresses.node(target.address) != nullptr ||
                      target.address.is_loopback();
    if (found == listeners_.end() && ours) {
      found = listeners_.find({base::IpAddress::any(target.address.family()), target.port});
    }
    return found != listeners_.end() ? found->second : nullptr;
  }

  /// Traffic may come from the frontend to the backend, perhaps by way of further frontends. What
  /// no frontend names may be meant by any.
  [[nodiscard]] bool lead(const FrontendDraft& from, const BackendDraft& to) const {
    const auto names = [&](const FrontendDraft& each) { return may_use(each, to.backend.name); };
    if (std::ranges::none_of(check_.draft.frontends, names)) return true;
    std::vector<const FrontendDraft*> seen = {&from};
    for (std::size_t i = 0; i < seen.size(); ++i) {
      for (const BackendDraft& backend : check_.draft.backends) {
        if (!may_use(*seen[i], backend.backend.name)) continue;
        if (&backend == &to) return true;
        for (const ServerDraft& server : backend.servers) {
          const FrontendDraft* next = server.address ? at(*server.address) : nullptr;
          if (next != nullptr && std::ranges::find(seen, next) == seen.end()) seen.push_back(next);
        }
      }
    }
    return false;
  }

 private:
  [[nodiscard]] bool may_use(const FrontendDraft& frontend, const std::string& backend) const {
    return frontend.uses(backend) || asks_backend(check_.draft, backend) ||
           (goes_by_map(frontend) && std::ranges::find(mapped_, backend) != mapped_.end());
  }

  const CrossCheck& check_;
  std::vector<std::string> mapped_;
  std::map<base::Endpoint, const FrontendDraft*> listeners_;
};

/// A server that is one of our own frontends, from which traffic comes back.
void check_loop(const CrossCheck& check, const BackendDraft& backend, const ServerDraft& server,
                const Ways& ways) {
  const base::Endpoint& target = *server.address;
  const FrontendDraft* const frontend = ways.at(target);
  if (frontend == nullptr || !ways.lead(*frontend, backend)) return;
  const VipDraft* vip = check.addresses.vip(target.address);
  const NodeDraft* node = check.addresses.node(target.address);
  std::string who = "this host itself";
  if (vip != nullptr) who = concat("VIP ", vip->vip.name, " itself");
  if (node != nullptr) who = concat("node ", node->name, " itself");
  check.fault(path_of(backend, server) + ".address",
              concat(target.to_string(), " is ", who, ", where frontend ", frontend->frontend.name,
                     " listens: requests would go round in a loop; use the server's real address"));
}

/// Keys of the queue where nothing ever waits.
void check_queue(const CrossCheck& check, const BackendDraft& backend) {
  const auto limited = [](const ServerDraft& server) { return server.max_connections.has_value(); };
  if (backend.agent || std::ranges::any_of(backend.servers, limited)) return;  // or its word may
  for (std::string_view key : {".max_queue", ".timeouts.queue"}) {
    const std::string path = concat(path_of(backend), key);
    if (!check.positions.given(path)) continue;
    check.notice(path, "no server has max_connections, so nothing ever waits for one");
  }
}

bool is_used(const Draft& draft, const std::string& backend,
             const std::vector<std::string>& mapped) {
  const bool served = std::ranges::any_of(
      draft.frontends, [&](const FrontendDraft& frontend) { return frontend.uses(backend); });
  return served || std::ranges::find(mapped, backend) != mapped.end() ||
         asks_backend(draft, backend) || std::ranges::any_of(draft.vips, [&](const VipDraft& vip) {
           return std::ranges::find(vip.track, backend, &TrackDraft::backend) != vip.track.end();
         });
}

}  // namespace

void check_frontends(const CrossCheck& check) {
  for (const FrontendDraft& frontend : check.draft.frontends) {
    check_frontend_backends(check, frontend);
    check_mode(check, frontend);
    check_binds(check, frontend);
    if (frontend.max_connections &&
        *frontend.max_connections > check.draft.process.max_connections) {
      check.fault(path_of(frontend) + ".max_connections",
                  concat(*frontend.max_connections, " is above process.max_connections (",
                         check.draft.process.max_connections,
                         "), which is for all frontends "
                         "together; lower it or raise that"));
    }
  }
  for (std::size_t node = 0; node < check.draft.nodes.size(); ++node) check_collisions(check, node);
  check_unix_binds(check);
}

void check_backends(const CrossCheck& check) {
  const Ways ways(check);
  for (const BackendDraft& backend : check.draft.backends) {
    const std::string path = path_of(backend);
    check_queue(check, backend);
    std::map<base::Endpoint, std::string_view> taken;
    bool weighted = backend.servers.empty();
    for (const ServerDraft& server : backend.servers) {
      weighted = weighted || server.weight > 0;
      if (!server.address) continue;
      check_loop(check, backend, server, ways);
      const auto [other, fresh] = taken.emplace(*server.address, server.name);
      if (fresh) continue;
      check.notice(path_of(backend, server) + ".address",
                   concat("server ", other->second, " has the same address ",
                          server.address->to_string(), "; together they get twice the share"));
    }
    if (!weighted) check.notice(path, "all servers have weight 0, so none gets traffic");
    if (!is_used(check.draft, backend.backend.name, ways.mapped())) {
      check.notice(path, "no frontend and no VIP uses this backend");
    }
  }
}

}  // namespace hapair::config
