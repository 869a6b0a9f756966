#include "apps/hapair/config/requests.hpp"

#include <algorithm>
#include <string_view>

namespace hapair::config {

void build_requests(const FrontendDraft& from, const BackendDraft* backend,
                    RequestOptions& requests) {
  const auto tells = [&from](std::string_view name) {
    const auto& names = from.requests.forwarded_headers;
    return std::ranges::find(names, name, &ListedText::text) != names.end();
  };
  requests.forwarded = {.from = tells("X-Forwarded-For"),
                        .proto = tells("X-Forwarded-Proto"),
                        .host = tells("X-Forwarded-Host"),
                        .port = tells("X-Forwarded-Port"),
                        .forwarded = tells("Forwarded")};
  for (const ListedText& network : from.requests.trusted_proxies) {
    requests.trusted_proxies.push_back(base::Prefix::parse(network.text).value());
  }
  const bool told = backend != nullptr && backend->forwarded_for;
  if (told) requests.taken_off.push_back(backend->forwarded_field);
  requests.distrusts =
      told || !from.requests.forwarded_headers.empty() || !from.requests.trusted_proxies.empty();
}

}  // namespace hapair::config
