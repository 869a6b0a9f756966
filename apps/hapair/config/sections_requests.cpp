#include "apps/hapair/config/sections_requests.hpp"

#include <chrono>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_requests.hpp"

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

}  // namespace

void describe_requests(Shape& frontend, FrontendDraft& draft) {
  describe_forwarding(frontend, draft);
  describe_request_id(frontend, draft.frontend.requests.id);
  describe_https(frontend, draft.frontend.requests);
  describe_monitor(frontend, draft);
  frontend.excludes(
      "mode", "tcp",
      {"forwarded_headers", "trusted_proxies", "request_id", "redirect_https", "hsts", "monitor"});
}

}  // namespace hapair::config
