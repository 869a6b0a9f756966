#include "apps/hapair/config/requests.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "common/base/text.hpp"

namespace hapair::config {

namespace {

void build_forwarding(const Draft& draft, const FrontendDraft& from, Frontend& frontend) {
  const auto tells = [&from](std::string_view name) {
    const auto& names = from.requests.forwarded_headers;
    return std::ranges::find(names, name, &ListedText::text) != names.end();
  };
  RequestOptions& requests = frontend.requests;
  requests.forwarded = {.from = tells("X-Forwarded-For"),
                        .proto = tells("X-Forwarded-Proto"),
                        .host = tells("X-Forwarded-Host"),
                        .port = tells("X-Forwarded-Port"),
                        .forwarded = tells("Forwarded")};
  for (const ListedText& network : from.requests.trusted_proxies) {
    requests.trusted_proxies.push_back(base::Prefix::parse(network.text).value());
  }
  requests.distrusts =
      !from.requests.forwarded_headers.empty() || !from.requests.trusted_proxies.empty();
  if (!frontend.default_backend) return;
  const BackendDraft& backend = draft.backends[*frontend.default_backend];
  if (!backend.forwarded_for) return;
  requests.distrusts = true;
  requests.taken_off.push_back(backend.forwarded_field);
}

}  // namespace

void build_requests(const Draft& draft, const FrontendDraft& from, Frontend& frontend) {
  build_forwarding(draft, from, frontend);
  for (const ListedText& name : from.requests.fail_without) {
    const auto at = std::ranges::find(draft.backends, name.text, [](const BackendDraft& each) {
      return std::string_view(each.backend.name);
    });
    frontend.requests.monitor.fail_without.push_back(
        static_cast<std::size_t>(at - draft.backends.begin()));
  }
}

std::string Hsts::to_string() const {
  std::string out =
      base::concat("max-age=", std::chrono::floor<std::chrono::seconds>(max_age).count());
  if (include_subdomains) out += "; includeSubDomains";
  if (preload) out += "; preload";
  return out;
}

}  // namespace hapair::config
