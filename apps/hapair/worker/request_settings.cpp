#include "apps/hapair/worker/request_settings.hpp"

namespace hapair::worker {
namespace {

lb::CompressionSettings compression_of(const config::Compression& from) {
  lb::CompressionSettings settings{.codings = {},
                                   .types = from.types,
                                   .min_size = from.min_size,
                                   .level = from.level,
                                   .max_streams = from.max_streams};
  for (const std::string& name : from.algorithms) {
    settings.codings.push_back(name == "gzip" ? http::ContentCoding::kGzip
                                              : http::ContentCoding::kDeflate);
  }
  return settings;
}

lb::ErrorPages pages_of(const std::vector<config::ErrorPage>& from) {
  lb::ErrorPages pages;
  for (const config::ErrorPage& page : from) {
    pages.add(page.status, {.content_type = page.content_type, .body = page.body});
  }
  return pages;
}

}  // namespace

std::shared_ptr<const lb::ErrorPages> error_pages(const std::vector<config::ErrorPage>& pages) {
  return pages.empty() ? nullptr : std::make_shared<const lb::ErrorPages>(pages_of(pages));
}

std::shared_ptr<const lb::RequestPolicy> request_policy(const config::RequestOptions& requests) {
  lb::RequestPolicySettings settings;
  if (requests.distrusts) {
    settings.forwarding = {.from = requests.forwarded.from,
                           .proto = requests.forwarded.proto,
                           .host = requests.forwarded.host,
                           .port = requests.forwarded.port,
                           .forwarded = requests.forwarded.forwarded,
                           .trusted = requests.trusted_proxies,
                           .taken_off = requests.taken_off};
  }
  if (requests.id.wanted) {
    settings.request_id = {
        .header = requests.id.header, .trust = requests.id.trust, .respond = requests.id.respond};
  }
  if (requests.redirect.wanted) settings.https_port = requests.redirect.port;
  if (requests.hsts.wanted) settings.hsts = requests.hsts.to_string();
  if (!requests.monitor.uri.empty()) {
    settings.monitor = {.path = requests.monitor.uri,
                        .fail_without = requests.monitor.fail_without,
                        .log = requests.monitor.log};
  }
  if (requests.compression.wanted) settings.compression = compression_of(requests.compression);
  settings.error_pages = pages_of(requests.error_pages);
  const bool idle = !settings.forwarding && !settings.request_id && !settings.https_port &&
                    settings.hsts.empty() && !settings.monitor && !settings.compression &&
                    settings.error_pages.empty();
  if (idle) return nullptr;
  return std::make_shared<const lb::RequestPolicy>(std::move(settings));
}

}  // namespace hapair::worker
