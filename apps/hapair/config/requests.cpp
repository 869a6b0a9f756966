#include "apps/hapair/config/requests.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::config {

namespace {

void build_forwarding(const Draft& draft, const FrontendDraft& from, Frontend& frontend) {
  const auto tells = [&from](std::string_view name) {
    return is_listed(name, from.requests.forwarded_headers);
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
  // A rule may send requests to any of them.
  for (const BackendDraft& backend : draft.backends) {
    if (!backend.forwarded_for) continue;
    requests.distrusts = true;
    if (std::ranges::find(requests.taken_off, backend.forwarded_field) !=
        requests.taken_off.end()) {
      continue;
    }
    requests.taken_off.push_back(backend.forwarded_field);
  }
}

constexpr std::array kCompressedTypes = {
    "text/html",       "text/plain",       "text/css",
    "text/javascript", "text/xml",         "application/javascript",
    "application/xml", "application/json", "image/svg+xml",
};

void build_compression(const RequestsDraft& from, Compression& compression) {
  compression.algorithms = texts_of(from.algorithms);
  if (compression.algorithms.empty()) compression.algorithms = {"gzip"};
  for (const ListedText& type : from.types) {
    compression.types.push_back(base::ascii_lowered(type.text));
  }
  if (compression.types.empty()) {
    compression.types.assign(kCompressedTypes.begin(), kCompressedTypes.end());
  }
}

}  // namespace

void build_requests(const Draft& draft, const FrontendDraft& from, const FileContents& files,
                    Frontend& frontend) {
  build_forwarding(draft, from, frontend);
  build_compression(from.requests, frontend.requests.compression);
  frontend.requests.error_pages = build_error_pages(from.requests.error_pages, files);
  for (const ListedText& name : from.requests.fail_without) {
    frontend.requests.monitor.fail_without.push_back(backend_index(draft, name.text));
  }
}

std::string_view content_type_of(std::string_view file) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes{{
      {".html", "text/html; charset=utf-8"},
      {".htm", "text/html; charset=utf-8"},
      {".json", "application/json"},
      {".txt", "text/plain; charset=utf-8"},
      {".xml", "application/xml"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (file.ends_with(ending)) return type;
  }
  return {};
}

std::vector<ErrorPage> build_error_pages(const std::vector<ErrorPageDraft>& from,
                                         const FileContents& files) {
  std::vector<ErrorPage> pages;
  for (const ErrorPageDraft& each : from) {
    const auto content = files.find(each.file);
    if (content == files.end()) continue;
    pages.push_back({.status = each.status,
                     .content_type = std::string(content_type_of(each.file)),
                     .body = content->second});
  }
  return pages;
}

std::string Hsts::to_string() const {
  std::string out =
      base::concat("max-age=", std::chrono::floor<std::chrono::seconds>(max_age).count());
  if (include_subdomains) out += "; includeSubDomains";
  if (preload) out += "; preload";
  return out;
}

}  // namespace hapair::config
