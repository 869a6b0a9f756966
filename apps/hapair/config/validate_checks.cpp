// Cross checks of the health checks of servers; see validate.hpp.
#include <chrono>
#include <string_view>

#include "apps/hapair/config/cross_check.hpp"
#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/validate.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

void check_times(const CrossCheck& check, const CheckDraft& draft) {
  const base::Duration interval = draft.check.interval;
  check_timeout(check, draft.path + ".timeout", draft.timeout, interval);
  if (draft.fast_interval && *draft.fast_interval > interval) {
    check.fault(draft.path + ".fast_interval",
                concat(base::format_duration(*draft.fast_interval), " is above the interval (",
                       base::format_duration(interval),
                       "), so it would be slower; use at most the interval"));
  }
}

void check_type(const CrossCheck& check, const CheckDraft& draft) {
  if (draft.check.type == CheckType::kTls && !draft.under_tls &&
      check.positions.given(draft.path + ".tls")) {
    check.fault(draft.path + ".tls", "is false, and type \"tls\" is nothing without; remove it");
  }
}

void check_certificate_days(const CrossCheck& check, const CheckDraft& draft) {
  const std::string path = draft.path + ".certificate_days";
  if (draft.uses_tls() || !check.positions.given(path)) return;
  check.fault(path, "the check is not under TLS, so it sees no certificate; remove it");
}

void check_script(const CrossCheck& check, const CheckDraft& draft) {
  if (draft.check.type != CheckType::kScript) return;
  constexpr base::Duration kShortest = std::chrono::milliseconds(100);
  if (draft.command.words.empty() && !check.positions.given(draft.path + ".command")) {
    check.fault(draft.path, "a script needs its program; add \"command\"");
  }
  if (draft.check.interval < kShortest) {
    check.fault(draft.path + ".interval", concat(base::format_duration(draft.check.interval),
                                                 " is too often for a program; use 100ms to 1h"));
  }
  const std::string& user = draft.service.user;
  if (const auto fits = rules::kAccount.check(user); !user.empty() && !fits) {
    check.fault(draft.path + ".user", fits.error().message);
  }
  for (const std::string_view key : {"tls", "send_proxy"}) {
    const std::string path = concat(draft.path, ".", key);
    if (check.positions.given(path)) check.fault(path, "has no meaning for a script; remove it");
  }
}

/// Each server has a script of its own.
void check_script_count(const CrossCheck& check) {
  std::size_t scripts = 0;
  for (const BackendDraft& backend : check.draft.backends) {
    if (backend.check && backend.check->check.type == CheckType::kScript) {
      scripts += backend.servers.size();
    }
  }
  if (scripts > kMaxCheckScripts) {
    check.fault("backends",
                concat("scripts check ", scripts, " servers; the limit is ", kMaxCheckScripts));
  }
}

/// What is said for servers one by one has no meaning where none is checked.
void check_servers(const CrossCheck& check, const BackendDraft& backend) {
  if (backend.check) return;
  for (const ServerDraft& server : backend.servers) {
    const std::string path = path_of(backend, server) + ".check";
    if (!check.positions.given(path)) continue;
    check.fault(path, concat("backend ", backend.backend.name,
                             " has no check that this could differ from; give it one, or remove "
                             "this"));
  }
}

}  // namespace

void check_checks(const CrossCheck& check) {
  for (const BackendDraft& backend : check.draft.backends) {
    check_servers(check, backend);
    if (!backend.check) continue;
    check_times(check, *backend.check);
    check_type(check, *backend.check);
    check_certificate_days(check, *backend.check);
    check_script(check, *backend.check);
  }
  check_script_count(check);
}

}  // namespace hapair::config
