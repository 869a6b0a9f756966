// Cross checks of who is told of changes; see validate.hpp.
#include <algorithm>

#include "apps/hapair/config/cross_check.hpp"
#include "apps/hapair/config/rules.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

void check_resolver(const CrossCheck& check, const AlertDraft& alert) {
  if (alert.resolver.empty()) return;
  const std::string path = alert.path + ".resolver";
  std::vector<std::string_view> names;
  for (const ResolverDraft& each : check.draft.resolvers) names.push_back(each.as.name);
  if (std::ranges::find(names, alert.resolver) == names.end() &&
      !check.positions.given(concat("resolvers.", alert.resolver))) {
    check.fault(path, check.unknown("resolver", alert.resolver, names));
  }
}

}  // namespace

void check_alerts(const CrossCheck& check) {
  for (const AlertDraft& alert : check.draft.alerts) {
    check_resolver(check, alert);
    const bool https = alert.url.starts_with("https:");
    for (std::string_view key : {".ca", ".verify"}) {
      if (!https && check.positions.given(concat(alert.path, key))) {
        check.fault(concat(alert.path, key), "only an https webhook has a certificate; remove it");
      }
    }
    if (!alert.url.empty() && check.positions.given(alert.path + ".subject")) {
      check.fault(alert.path + ".subject", "a webhook gets no mail; remove it");
    }
    if (https && !alert.verify && !alert.ca.empty()) {
      check.fault(
          alert.path + ".ca",
          "says whom to trust, but verify is false, so nobody is asked; remove one of them");
    }
    if (https && !alert.verify) {
      check.notice(alert.path + ".verify",
                   "is false: whoever answers at the webhook's address is told");
    }
  }
}

}  // namespace hapair::config
