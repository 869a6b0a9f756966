#include "apps/hapair/config/sections_requests.hpp"

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_requests.hpp"

namespace hapair::config {
namespace {

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

}  // namespace

void describe_requests(Shape& frontend, FrontendDraft& draft) {
  describe_forwarding(frontend, draft);
  describe_request_id(frontend, draft.frontend.requests.id);
  frontend.excludes("mode", "tcp", {"forwarded_headers", "trusted_proxies", "request_id"});
}

}  // namespace hapair::config
