// Cross checks of how clients are kept on their servers, and of how often they may; see
// validate.hpp.
#include <map>

#include "apps/hapair/config/cross_check.hpp"
#include "apps/hapair/config/maps.hpp"
#include "apps/hapair/config/rules_keeping.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

std::string path_to(const BackendDraft& backend, std::string_view key) {
  return concat(path_of(backend), ".", key);
}

void check_cookie(const CrossCheck& check, const BackendDraft& backend) {
  const std::string path = path_to(backend, "cookie");
  if (backend.cookie && backend.stick) {
    check.fault(path_to(backend, "stick"),
                concat("clients are kept by ", path, " already; remove one of the two"));
  }
  std::map<std::string_view, std::string_view> taken;
  for (const ServerDraft& server : backend.servers) {
    if (server.cookie.empty()) continue;
    const std::string own = path_of(backend, server) + ".cookie";
    if (!backend.cookie && !check.positions.given(path)) {
      check.fault(own, concat("has no meaning without ", path, "; add that, or remove this"));
    } else if (server.by_name()) {
      check.fault(own,
                  "a server given by name stands for as many as it has addresses, which need "
                  "cookies of their own; remove it");
    }
    const auto [other, fresh] = taken.emplace(server.cookie, server.name);
    if (fresh) continue;
    check.fault(own, concat("server ", other->second,
                            " has the same cookie; give each server one of its own"));
  }
  if (!backend.cookie) return;
  const Cookie& cookie = *backend.cookie;
  const bool wants_signature = cookie.is_signed && check.positions.given(path + ".signed");
  if (wants_signature && !check.positions.given("cluster.secret_file")) {
    check.fault(path + ".signed",
                "cookies are signed with a key from cluster.secret_file, which is missing; add it, "
                "or remove this");
  }
  if (cookie.same_site == SameSite::kNone && cookie.secure == SecureCookie::kNever) {
    check.fault(path + ".same_site",
                "browsers take \"None\" for secure cookies only; use another value, or let secure "
                "be \"always\"");
  }
  if (cookie.max_life > base::Duration(0) && cookie.max_idle >= cookie.max_life) {
    check.notice(path + ".max_idle", "is no shorter than max_life, so it means nothing");
  }
}

/// A backend that a frontend in mode tcp uses.
void check_tcp(const CrossCheck& check, const FrontendDraft& frontend,
               const BackendDraft& backend) {
  const std::string use =
      concat("frontend ", frontend.frontend.name, " uses this backend in mode tcp, where ");
  if (backend.cookie) {
    check.fault(path_to(backend, "cookie"),
                concat(use, "there are no cookies; use stick, or mode http"));
  }
  for (const RateLimitDraft& limit : backend.rate_limits) {
    if (!limit.amount.requests) continue;
    check.fault(limit.path + ".requests", concat(use, "there are no requests; use connections"));
  }
  if (!backend.stick || backend.stick->on.empty()) return;
  const ClientKey key = rules::parse_client_key(backend.stick->on).key;
  const std::string path = path_to(backend, "stick.on");
  if (key == ClientKey::kHeader || key == ClientKey::kCookie) {
    check.fault(path, concat(use, "there are no requests; use \"source\" or \"sni\""));
  }
  if (key == ClientKey::kSni && !frontend.frontend.inspect_tls.wanted) {
    check.fault(path, concat("frontend ", frontend.frontend.name,
                             " uses this backend and doesn't look for the name that clients ask "
                             "for; give it inspect_tls, or use \"source\""));
  }
}

void check_http(const CrossCheck& check, const FrontendDraft& frontend,
                const BackendDraft& backend) {
  const std::string use =
      concat("frontend ", frontend.frontend.name, " uses this backend in mode http, where ");
  if (backend.stick && backend.stick->on == "sni") {
    check.fault(path_to(backend, "stick.on"),
                concat(use, "requests name their host; use \"header:Host\""));
  }
  for (const RateLimitDraft& limit : backend.rate_limits) {
    if (!limit.amount.connections) continue;
    check.fault(limit.path + ".connections",
                concat(use, "clients connect to the frontend; move it there, or use requests"));
  }
}

void check_limit(const CrossCheck& check, const RateLimitDraft& limit) {
  const std::string& path = limit.path;
  if (limit.amount.connections && limit.by != "source") {
    check.fault(path + ".by",
                "connections are told by their addresses, before there is a request; use "
                "\"source\", or limit requests");
  }
  for (const auto& [key, bytes] : {std::pair(".bytes_in", limit.amount.bytes_in),
                                   std::pair(".bytes_out", limit.amount.bytes_out)}) {
    if (bytes > 0 || !check.positions.given(path + key)) continue;
    check.fault(path + key, "nobody could do anything with 0 bytes; give a size like \"100MiB\"");
  }
}

/// Those that get requests by a map only are in mode http, too.
void check_mapped(const CrossCheck& check) {
  const auto& frontends = check.draft.frontends;
  const auto by_map = std::ranges::find_if(frontends, goes_by_map);
  if (by_map == frontends.end()) return;
  for (const BackendDraft& backend : check.draft.backends) {
    const auto uses = [&](const FrontendDraft& each) { return each.uses(backend.backend.name); };
    if (std::ranges::none_of(frontends, uses)) check_http(check, *by_map, backend);
  }
}

}  // namespace

void check_keeping(const CrossCheck& check) {
  for (const BackendDraft& backend : check.draft.backends) {
    check_cookie(check, backend);
    for (const RateLimitDraft& limit : backend.rate_limits) check_limit(check, limit);
  }
  check_mapped(check);
  for (const FrontendDraft& frontend : check.draft.frontends) {
    const bool tcp = frontend.frontend.mode == Mode::kTcp;
    for (const BackendDraft& backend : check.draft.backends) {
      if (!frontend.uses(backend.backend.name)) continue;
      tcp ? check_tcp(check, frontend, backend) : check_http(check, frontend, backend);
    }
    for (const RateLimitDraft& limit : frontend.rate_limits) {
      check_limit(check, limit);
      for (const std::string_view key :
           {".requests", ".errors", ".failures", ".bytes_in", ".bytes_out"}) {
        if (!tcp || !check.positions.given(concat(limit.path, key))) continue;
        check.fault(concat(limit.path, key),
                    "there are no requests where mode is \"tcp\"; use connections");
      }
    }
  }
}

}  // namespace hapair::config
