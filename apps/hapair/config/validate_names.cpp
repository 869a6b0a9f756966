// Cross checks of resolvers and of servers given by name; see validate.hpp.
#include <set>
#include <string>
#include <string_view>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

void check_resolver(const CrossCheck& check, const ResolverDraft& resolver,
                    const std::set<std::string_view>& used) {
  const std::string path = concat("resolvers.", resolver.as.name);
  if (resolver.as.min_ttl > resolver.as.max_ttl) {
    check.fault(path + ".min_ttl",
                concat(base::format_duration(resolver.as.min_ttl), " is above max_ttl (",
                       base::format_duration(resolver.as.max_ttl), "); lower it or raise that"));
  }
  if (!used.contains(resolver.as.name)) check.notice(path, "no name is resolved by it");
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
      check.fault(path_of(backend, server) + ".track",
                  concat(followed,
                         " is given by name and stands for servers that come and go; "
                         "track one with an address"));
    }
  }
}

void check_server(const CrossCheck& check, const BackendDraft& backend, const ServerDraft& server) {
  const std::string path = path_of(backend, server);
  if (!server.by_name()) {
    if (server.address && !server.resolve_path.empty()) {
      check.fault(server.resolve_path,
                  "there is nothing to resolve about an address; remove it, or write a name");
    }
    return;
  }
  check_resolver_name(check, server.resolve_path + ".resolver", server.resolver);
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
    check.fault(path + ".srv",
                concat("whoever can change the records could name any host: give ",
                       path_of(backend), ".tls.name, the name that the certificates must be for"));
  }
}

}  // namespace

void check_names(const CrossCheck& check) {
  const std::set<std::string_view> used = resolvers_of(check.draft);
  for (const ResolverDraft& resolver : check.draft.resolvers) check_resolver(check, resolver, used);
  for (const BackendDraft& backend : check.draft.backends) {
    for (const ServerDraft& server : backend.servers) check_server(check, backend, server);
  }
}

}  // namespace hapair::config
