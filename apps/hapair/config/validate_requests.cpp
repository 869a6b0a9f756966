// Cross checks of what becomes of a frontend's requests; see validate.hpp.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "apps/hapair/config/cross_check.hpp"
#include "apps/hapair/config/requests.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

void check_request_id(const CrossCheck& check, const FrontendDraft& frontend) {
  if (!frontend.frontend.requests.id.trust || !frontend.requests.trusted_proxies.empty()) return;
  check.fault(path_of(frontend) + ".request_id.trust",
              "needs trusted_proxies, since anybody else's id is replaced; name them, or remove "
              "this");
}

bool any_bind(const FrontendDraft& frontend, bool with_tls) {
  return std::ranges::any_of(frontend.binds, [with_tls](const BindDraft& bind) {
    return bind.tls.has_value() == with_tls;
  });
}

void check_https(const CrossCheck& check, const FrontendDraft& frontend) {
  const std::string path = path_of(frontend);
  const RequestOptions& requests = frontend.frontend.requests;
  // A proxy that is trusted may say that the client came otherwise than it does itself.
  const bool told = !frontend.requests.trusted_proxies.empty();
  if (requests.redirect.wanted && !told && !any_bind(frontend, false)) {
    check.notice(path + ".redirect_https", "all binds have tls, so no request comes by http");
  }
  if (!requests.hsts.wanted) return;
  if (!told && !any_bind(frontend, true)) {
    check.notice(path + ".hsts", "no bind has tls, so it is never said");
  }
  constexpr auto kYear = std::chrono::days(365);
  const bool fit = requests.hsts.include_subdomains && requests.hsts.max_age >= kYear;
  if (requests.hsts.preload && !fit) {
    check.fault(path + ".hsts.preload",
                "the browsers' list takes only hosts with include_subdomains and a max_age of 365d "
                "or more; add them, or remove this");
  }
}

void check_monitor(const CrossCheck& check, const FrontendDraft& frontend) {
  for (const ListedText& name : frontend.requests.fail_without) {
    check_backend_name(check, name.path, name.text);
  }
  const std::string& uri = frontend.frontend.requests.monitor.uri;
  if (uri.find('?') != std::string::npos) {
    check.fault(path_of(frontend) + ".monitor.uri",
                "a query counts for nothing; write the path without it");
  }
}

void check_error_pages(const CrossCheck& check, const std::vector<ErrorPageDraft>& pages) {
  for (const ErrorPageDraft& page : pages) {
    if (!content_type_of(page.file).empty()) continue;
    check.fault(page.path,
                concat("how ", page.file,
                       " ends does not tell what it is; use .html, .json, .txt or .xml"));
  }
}

}  // namespace

void check_requests(const CrossCheck& check) {
  for (const BackendDraft& backend : check.draft.backends) {
    check_error_pages(check, backend.error_pages);
  }
  for (const FrontendDraft& frontend : check.draft.frontends) {
    check_twice(check, frontend.requests.forwarded_headers);
    check_twice(check, frontend.requests.algorithms);
    check_twice(check, frontend.requests.types);
    check_request_id(check, frontend);
    check_https(check, frontend);
    check_monitor(check, frontend);
    check_error_pages(check, frontend.requests.error_pages);
  }
}

}  // namespace hapair::config
