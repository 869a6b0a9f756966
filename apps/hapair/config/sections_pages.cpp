#include "apps/hapair/config/sections_pages.hpp"

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_auth.hpp"

namespace hapair::config {
namespace {

void describe_users(Shape& shape, FrontendDraft& draft) {
  shape.text({"users", "The list of those who may see the page, the metrics too; all may without."},
             rules::kName, draft.page_users);
  shape.text({"realm", "What clients ask their users for."}, rules::kRealm,
             draft.frontend.pages.realm);
  shape.flag(
      {"admin", "These users may give orders on the page: servers in and out, VIPs to the peer."},
      draft.frontend.pages.admin);
}

}  // namespace

void describe_pages(Shape& frontend, FrontendDraft& draft) {
  frontend.text_or_object(
      {"stats",
       "The path (and query) of the page that shows the pair; behind ;csv it is CSV, behind ;json "
       "JSON. An object says who may see it."},
      rules::kRequestTarget, draft.frontend.stats, [&](Shape& stats) {
        stats.text({"uri", "The path (and query) of the page.", kMandatory}, rules::kRequestTarget,
                   draft.frontend.stats);
        describe_users(stats, draft);
      });
  frontend.text({"metrics", "The path where Prometheus finds everything that is counted."},
                rules::kRequestTarget, draft.frontend.pages.metrics);
}

void describe_admin(Shape& root, Draft& draft,
                    const std::function<void(Shape&, FrontendDraft&)>& describe_binds) {
  root.object(
      {"admin",
       "A listener of each node's own, whatever its role: the page at /, /metrics, /healthz "
       "and /readyz."},
      [&](Shape& admin) {
        FrontendDraft& listener = draft.frontends.emplace_back();
        listener.is_admin = true;
        listener.frontend.name = kAdminFrontend;
        listener.frontend.pages.health = true;
        describe_binds(admin, listener);
        bool page = true;
        bool metrics = true;
        admin.flag({"page", "The page is at /."}, page);
        admin.flag({"metrics", "What is counted is at /metrics, as Prometheus reads it."}, metrics);
        if (page) listener.frontend.stats = "/";
        if (metrics) listener.frontend.pages.metrics = "/metrics";
        describe_users(admin, listener);
      });
}

}  // namespace hapair::config
