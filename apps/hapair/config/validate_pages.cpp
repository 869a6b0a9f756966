// Cross checks of what frontends show of this node, and of the admin listener; see validate.hpp.
#include <string>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

/// Where `users` and `admin` stand.
std::string place_of_users(const FrontendDraft& frontend) {
  return frontend.is_admin ? path_of(frontend) : path_of(frontend) + ".stats";
}

void check_users(const CrossCheck& check, const FrontendDraft& frontend) {
  const std::string place = place_of_users(frontend);
  check_users_name(check, place + ".users", frontend.page_users);
  if (frontend.frontend.pages.admin && !check.positions.given(place + ".users")) {
    check.fault(place + ".admin",
                "lets anybody give orders; name those who may with \"users\", or remove it");
  }
}

void check_targets_differ(const CrossCheck& check, const FrontendDraft& frontend) {
  const std::string& metrics = frontend.frontend.pages.metrics;
  if (metrics.empty() || metrics != frontend.frontend.stats) return;
  check.fault(
      path_of(frontend) + ".metrics",
      concat(metrics, " is the page of stats already; give the metrics a path of their own"));
}

void check_admin_listener(const CrossCheck& check, const FrontendDraft& listener) {
  for (const BindDraft& bind : listener.binds) {
    if (!bind.vip) continue;
    check.fault(bind.path + ".vip",
                "a VIP is on one node, and this listener is for each of them; use \"node\", "
                "\"address\" or \"unix\"");
  }
  for (const FrontendDraft& other : check.draft.frontends) {
    if (other.is_admin || other.frontend.name != kAdminFrontend) continue;
    check.fault(path_of(other),
                concat("\"", kAdminFrontend, "\" is the name of the listener of the ",
                       "admin section; give the frontend another name"));
  }
}

}  // namespace

void check_pages(const CrossCheck& check) {
  for (const FrontendDraft& frontend : check.draft.frontends) {
    check_users(check, frontend);
    check_targets_differ(check, frontend);
    if (frontend.is_admin) check_admin_listener(check, frontend);
  }
}

}  // namespace hapair::config
