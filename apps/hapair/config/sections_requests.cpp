#include "apps/hapair/config/sections_requests.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_requests.hpp"
#include "common/base/text.hpp"
#include "common/http/reply.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

void describe_forwarding(Shape& frontend, FrontendDraft& draft) {
  frontend.texts(
      {"forwarded_headers", "Fields that tell servers where a request came from (mode http)."},
      CountRule{1, 5}, rules::kForwardedHeader, draft.requests.forwarded_headers);
  frontend.texts({"trusted_proxies",
                  "Networks of proxies before this one: what they say in such fields is kept, and "
                  "the client is the last in the chain that is none of them. From all others such "
                  "fields are taken off (mode http)."},
                 CountRule{0, 64}, rules::kNetworkPrefix, draft.requests.trusted_proxies);
}

void describe_request_id(Shape& frontend, RequestId& id) {
  frontend.flag_or_object(
      {"request_id",
       "Each request gets an id that nobody can guess, for the server and the access log (mode "
       "http)."},
      id.wanted, [&](Shape& shape) {
        shape.text({"header", "The name of the field."}, rules::kFieldName, id.header);
        shape.flag({"trust", "The id that one of trusted_proxies sends is kept."}, id.trust);
        shape.flag({"respond", "The response has it, too."}, id.respond);
      });
}

void describe_https(Shape& frontend, RequestOptions& requests) {
  frontend.flag_or_object(
      {"redirect_https",
       "Requests that came by http are sent to the same host and path by https (mode http)."},
      requests.redirect.wanted, [&](Shape& shape) {
        shape.number({"port", "The port of https."}, NumberRule{1, 65535, ""},
                     requests.redirect.port);
      });
  frontend.flag_or_object(
      {"hsts",
       "Responses that go by https tell clients to come by https only (Strict-Transport-Security, "
       "mode http)."},
      requests.hsts.wanted, [&](Shape& shape) {
        shape.duration({"max_age", "For so long; 0s: no longer."},
                       DurationRule{0s, std::chrono::days(730)}, requests.hsts.max_age);
        shape.flag({"include_subdomains", "To all hosts below this one as well."},
                   requests.hsts.include_subdomains);
        shape.flag({"preload", "Browsers may have the host in the list that they come with."},
                   requests.hsts.preload);
      });
}

void describe_monitor(Shape& frontend, FrontendDraft& draft) {
  frontend.object(
      {"monitor", "A path that is answered here, for whoever watches this node (mode http)."},
      [&](Shape& shape) {
        Monitor& monitor = draft.frontend.requests.monitor;
        shape.text({"uri", "The path; GET and HEAD are answered with 200, or 503.", true},
                   rules::kRequestTarget, monitor.uri);
        shape.texts({"fail_without",
                     "Names of backends: while one of them has no usable server, the answer is "
                     "503."},
                    CountRule{0, 16}, rules::kName, draft.requests.fail_without);
        shape.flag({"log", "These requests are logged."}, monitor.log);
      });
}

void describe_compression(Shape& frontend, FrontendDraft& draft) {
  Compression& compression = draft.frontend.requests.compression;
  frontend.flag_or_object(
      {"compression", "Responses are compressed for clients that like that (mode http)."},
      compression.wanted, [&](Shape& shape) {
        shape.texts({"algorithms", "The ways to do it, the best first; \"gzip\" by default."},
                    CountRule{1, 2}, rules::kCompression, draft.requests.algorithms);
        shape.texts({"types",
                     "The types of content that are compressed; \"text/*\" stands for all of text. "
                     "By default HTML, CSS, JavaScript, JSON, XML, SVG and plain text."},
                    CountRule{1, 64}, rules::kContentType, draft.requests.types);
        shape.size({"min_size",
                    "Bytes of a response's body, where that is known; less goes on as "
                    "it is."},
                   SizeRule{0, 1ULL << 30}, compression.min_size);
        shape.number({"level", "1: fast; 9: small."}, NumberRule{1, 9, ""}, compression.level);
        shape.number({"max_streams",
                      "Responses that are compressed at once, some 70 KB of memory each; more go "
                      "on as they are."},
                     NumberRule{1, 100'000, ""}, compression.max_streams);
      });
}

}  // namespace

void describe_error_pages(Shape& shape, std::vector<ErrorPageDraft>& pages) {
  shape.object({"error_pages",
                "Files with pages of one's own, by the status of errors that are answered here "
                "(mode http)."},
               [&](Shape& files) {
                 for (const auto& [status, name] : http::kErrorStatuses) {
                   std::string file;
                   files.text({name, base::concat("For ", http::reason_phrase(status), ".")},
                              rules::kAbsolutePath, file);
                   if (file.empty()) continue;
                   pages.push_back({.path = base::concat(files.path(), ".", name),
                                    .status = static_cast<std::uint16_t>(status),
                                    .file = std::move(file)});
                 }
               });
}

void describe_requests(Shape& frontend, FrontendDraft& draft) {
  describe_forwarding(frontend, draft);
  describe_request_id(frontend, draft.frontend.requests.id);
  describe_https(frontend, draft.frontend.requests);
  describe_monitor(frontend, draft);
  describe_compression(frontend, draft);
  describe_error_pages(frontend, draft.requests.error_pages);
  frontend.excludes("mode", "tcp",
                    {"forwarded_headers", "trusted_proxies", "request_id", "redirect_https", "hsts",
                     "monitor", "compression", "error_pages"});
}

}  // namespace hapair::config
