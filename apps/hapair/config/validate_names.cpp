// Cross checks of resolvers and of servers given by name; see validate.hpp.
#include <algorithm>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

bool is_known(const Draft& draft, std::string_view resolver) {
  return std::ranges::any_of(draft.resolvers,
                             [&](const ResolverDraft& each) { return each.as.name == resolver; });
}

void check_resolver(const CrossCheck& check, const ResolverDraft& resolver) {
  const std::string path = concat("resolvers.", resolver.as.name);
  if (resolver.as.min_ttl > resolver.as.max_ttl) {
    check.fault(path + ".min_ttl",
                concat(base::format_duration(resolver.as.min_ttl), " is above max_ttl (",
                       base::format_duration(resolver.as.max_ttl), "); lower it or raise that"));
  }
  const bool used =
      std::ranges::any_of(
          check.draft.backends,
          [&](const BackendDraft& backend) {
            return std::ranges::any_of(backend.servers, [&](const ServerDraft& server) {
              return server.by_name() &&
                     resolver_of(check.draft, server.resolver) == resolver.as.name;
            });
          }) ||
      std::ranges::any_of(check.draft.alerts, [&](const AlertDraft& alert) {
        return alert.command.words.empty() &&
               resolver_of(check.draft, alert.resolver) == resolver.as.name;
      });
  if (!used) check.notice(path, "no name is resolved by it");
}

/// Servers "web-1", "web-2" come from the name of "web": another one can't be called so.
void check_server_names(const CrossCheck& check, const BackendDraft& backend,
                        const ServerDraft& server, const std::string& path) {
  const std::string prefix = server.name + "-";
  for (const ServerDraft& other : backend.servers) {
    if (!other.name.starts_with(prefix)) continue;
    const auto number = base::parse_unsigned(std::string_view(other.name).substr(prefix.size()));
    if (!number) continue;
    check.fault(
        path, concat("its servers are named ", prefix, "1, ", prefix,
                     "2 and so on, and there is a server ", other.name, "; rename one of the two"));
  }
}

/// What a name stands for comes and goes: nothing can follow it.
void check_followers(const CrossCheck& check, const std::string& followed) {
  for (const BackendDraft& backend : check.draft.backends) {
    for (const ServerDraft& server : backend.servers) {
      if (server.track != followed) continue;
      check.fault(concat("backends.", backend.backend.name, ".servers.", server.name, ".track"),
                  concat(followed,
                         " is given by name and stands for servers that come and go; "
                         "track one with an address"));
    }
  }
}

void check_server(const CrossCheck& check, const BackendDraft& backend, const ServerDraft& server) {
  const std::string path = concat("backends.", backend.backend.name, ".servers.", server.name);
  if (!server.by_name()) {
    if (server.address && !server.resolve_path.empty()) {
      check.fault(server.resolve_path,
                  "there is nothing to resolve about an address; remove it, or write a name");
    }
    return;
  }
  if (!server.resolver.empty() && !is_known(check.draft, server.resolver) &&
      !check.positions.given(concat("resolvers.", server.resolver))) {
    std::vector<std::string_view> names;
    for (const ResolverDraft& each : check.draft.resolvers) names.push_back(each.as.name);
    check.fault(server.resolve_path + ".resolver",
                check.unknown("resolver", server.resolver, names));
  }
  check_server_names(check, backend, server, path);
  check_followers(check, concat(backend.backend.name, "/", server.name));
  const CheckDraft* probe = backend.check ? &*backend.check : nullptr;
  const bool echo = probe != nullptr && probe->check.type == CheckType::kIcmp;
  if (echo || (probe != nullptr && probe->check.type == CheckType::kScript)) {
    check.fault(concat(probe->path, ".type"),
                concat("server ", server.name, " is given by name: its addresses change, and ",
                       echo ? "icmp" : "script",
                       " checks need them at the start; use one over TCP or UDP"));
  }
  if (probe != nullptr && probe->uses_tls() && probe->tls.verify && probe->tls.name.empty()) {
    check.fault(probe->path,
                concat("server ", server.name,
                       " is given by name, and its addresses change: give tls.name, the name that "
                       "the certificates must be for"));
  }
  if (server.service.empty()) return;
  if (check.positions.given(path + ".weight")) {
    check.fault(path + ".weight", "the SRV records tell the weights; remove it");
  }
  if (backend.under_tls && backend.tls.verify && backend.tls.name.empty()) {
    check.fault(
        path + ".srv",
        concat("whoever can change the records could name any host: give backends.",
               backend.backend.name, ".tls.name, the name that the certificates must be for"));
  }
}

}  // namespace

void check_names(const CrossCheck& check) {
  for (const ResolverDraft& resolver : check.draft.resolvers) check_resolver(check, resolver);
  for (const BackendDraft& backend : check.draft.backends) {
    for (const ServerDraft& server : backend.servers) check_server(check, backend, server);
  }
}

}  // namespace hapair::config
