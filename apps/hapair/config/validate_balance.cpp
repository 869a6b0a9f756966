// Cross checks of the choice of servers; see validate.hpp.
#include <algorithm>

#include "apps/hapair/config/cross_check.hpp"
#include "apps/hapair/config/rules_balance.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;
using lb::Algorithm;

/// Keys of an object that belong to another algorithm, or that one is missing.
void check_keys(const CrossCheck& check, const BalanceDraft& balance) {
  const std::string& path = balance.path;
  const auto refuse = [&](std::string_view key, std::string_view why) {
    if (check.positions.given(concat(path, key))) check.fault(concat(path, key), std::string(why));
  };
  if (balance.as.algorithm != Algorithm::kRandom) {
    refuse(".draws", "has no meaning where algorithm is not \"random\"; remove it");
  }
  if (balance.as.algorithm != Algorithm::kHash) {
    for (std::string_view key : {".on", ".depth", ".method", ".load_factor", ".when_full", ".by"}) {
      refuse(key, "has no meaning where algorithm is not \"hash\"; remove it");
    }
    return;
  }
  if (!check.positions.given(path + ".on")) {
    check.fault(path,
                "says not what is hashed; add \"on\", such as [\"source\"], or name another "
                "algorithm");
    return;
  }
  if (balance.as.method == lb::HashMethod::kMap) {
    refuse(".load_factor", "needs a ring to go on along; use it with method \"consistent\"");
  }
  if (!balance.on.empty() && !is_listed("path", balance.on)) {
    refuse(".depth",
           "is about \"path\", which is not among what is hashed; add that, or remove it");
  }
}

/// A connection as such has an address and nothing else.
void check_mode(const CrossCheck& check, const BackendDraft& backend, const std::string& path) {
  const auto in_tcp = [&](const FrontendDraft& frontend) {
    return frontend.frontend.mode == Mode::kTcp && frontend.uses(backend.backend.name);
  };
  if (std::ranges::none_of(check.draft.frontends, in_tcp)) return;
  const BalanceDraft& balance = backend.balance;
  const auto refuse = [&](const std::string& where, std::string_view part) {
    check.fault(where, concat("\"", part,
                              "\" is a part of requests, and mode \"tcp\" sees none; use "
                              "\"source\", \"roundrobin\", \"static\", \"leastconn\", \"random\" "
                              "or \"first\""));
  };
  if (balance.path.empty()) {
    if (rules::parse_balance(balance.text).value().needs_http())
      refuse(path + ".balance", balance.text);
    return;
  }
  for (const ListedText& part : balance.on) {
    if (part.text != "source") refuse(part.path, part.text);
  }
}

void check_limits(const CrossCheck& check, const BackendDraft& backend, const std::string& path) {
  const auto limited = [](const ServerDraft& server) { return server.max_connections.has_value(); };
  const bool some_limited = std::ranges::any_of(backend.servers, limited);
  const BalanceDraft& balance = backend.balance;
  Algorithm algorithm = balance.as.algorithm;
  if (balance.path.empty()) algorithm = rules::parse_balance(balance.text).value().algorithm;
  if (algorithm == Algorithm::kFirst && !some_limited) {
    check.notice(path + ".balance",
                 "no server has max_connections, so the first gets everything that comes");
  }
  if (algorithm == Algorithm::kHash && balance.when_full && !some_limited) {
    check.notice(path + ".balance.when_full",
                 "no server has max_connections, so none is ever full");
  }
  if (algorithm == Algorithm::kStatic && backend.backend.traffic_health.slow_start.count() > 0) {
    check.notice(path + ".slow_start",
                 "shares are fixed where balance is \"static\"; only max_connections grow");
  }
}

void check_backups(const CrossCheck& check, const BackendDraft& backend, const std::string& path) {
  const auto count =
      static_cast<std::size_t>(std::ranges::count(backend.servers, true, &ServerDraft::backup));
  if (count == 0 && check.positions.given(path + ".backups")) {
    check.notice(path + ".backups", "no server is a backup server");
  }
  if (count > 0 && count == backend.servers.size()) {
    check.notice(path, backend.backend.all_backups
                           ? "all servers are backup servers, which is as if none were"
                           : "all servers are backup servers, so one at a time has all traffic");
  }
}

}  // namespace

void check_balance(const CrossCheck& check) {
  for (const BackendDraft& backend : check.draft.backends) {
    const std::string path = path_of(backend);
    if (!backend.balance.path.empty()) check_keys(check, backend.balance);
    check_mode(check, backend, path);
    check_limits(check, backend, path);
    check_backups(check, backend, path);
  }
}

}  // namespace hapair::config
