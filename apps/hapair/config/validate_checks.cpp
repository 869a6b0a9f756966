// Cross checks of the health checks of servers; see validate.hpp.
#include "apps/hapair/config/cross_check.hpp"
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

/// What is said for servers one by one has no meaning where none is checked.
void check_servers(const CrossCheck& check, const BackendDraft& backend) {
  if (backend.check) return;
  for (const ServerDraft& server : backend.servers) {
    const std::string path =
        concat("backends.", backend.backend.name, ".servers.", server.name, ".check");
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
  }
}

}  // namespace hapair::config
