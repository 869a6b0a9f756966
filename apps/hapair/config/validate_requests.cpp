// Cross checks of what becomes of a frontend's requests; see validate.hpp.
#include <map>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

void check_forwarding(const CrossCheck& check, const FrontendDraft& frontend) {
  std::map<std::string_view, std::string_view> taken;
  for (const ListedText& name : frontend.requests.forwarded_headers) {
    const auto [other, fresh] = taken.emplace(name.text, name.path);
    if (fresh) continue;
    check.fault(name.path, concat("\"", name.text, "\" is already at ", other->second,
                                  "; remove one of the two"));
  }
}

void check_request_id(const CrossCheck& check, const FrontendDraft& frontend) {
  if (!frontend.frontend.requests.id.trust || !frontend.requests.trusted_proxies.empty()) return;
  check.fault(path_of(frontend) + ".request_id.trust",
              "needs trusted_proxies, since anybody else's id is replaced; name them, or remove "
              "this");
}

}  // namespace

void check_requests(const CrossCheck& check) {
  for (const FrontendDraft& frontend : check.draft.frontends) {
    check_forwarding(check, frontend);
    check_request_id(check, frontend);
  }
}

}  // namespace hapair::config
