// Cross checks of what the file says of a frontend's clients; see validate.hpp.
#include <algorithm>
#include <vector>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

bool any_bind(const FrontendDraft& frontend, const auto& matches) {
  return std::ranges::any_of(frontend.binds, matches);
}

void check_certificate_fields(const CrossCheck& check, const FrontendDraft& frontend) {
  const bool asks = any_bind(frontend, [](const BindDraft& bind) {
    return bind.tls.has_value() && bind.tls->clients.has_value();
  });
  if (!frontend.frontend.certificate_fields.wanted || asks) return;
  check.notice(path_of(frontend) + ".pass_client_certificate",
               "no bind has tls.client_certificates, so no client shows one");
}

void check_names(const CrossCheck& check, const FrontendDraft& frontend) {
  std::vector<ListedText> names;
  for (const SniRouteDraft& route : frontend.sni_routes) {
    names.insert(names.end(), route.names.begin(), route.names.end());
  }
  check_twice(check, names);
}

void check_inspection(const CrossCheck& check, const FrontendDraft& frontend) {
  const std::string path = path_of(frontend) + ".inspect_tls";
  if (!frontend.frontend.inspect_tls.wanted) return;
  if (frontend.frontend.mode == Mode::kHttp) {
    check.fault(path,
                "mode http speaks HTTP with its clients, and can't pass TLS on; use mode tcp, or "
                "remove it");
  }
  for (const BindDraft& bind : frontend.binds) {
    if (!bind.tls) continue;
    check.fault(bind.path + ".tls",
                concat(path,
                       " passes on what clients send under TLS, so it can't end here; remove "
                       "one of the two"));
  }
  check_names(check, frontend);
}

void check_limits(const CrossCheck& check, const FrontendDraft& frontend) {
  const std::string path = path_of(frontend) + ".per_address";
  const bool limited = frontend.address_connections || frontend.address_handshakes;
  if (check.positions.given(path) && !limited) {
    check.notice(path, "has neither max_connections nor max_handshakes, so it limits nothing");
  }
  const bool tls = any_bind(frontend, [](const BindDraft& bind) { return bind.tls.has_value(); });
  if (frontend.address_handshakes && !tls) {
    check.notice(path + ".max_handshakes", "no bind has tls, so there are no handshakes");
  }
}

}  // namespace

void check_clients(const CrossCheck& check) {
  for (const FrontendDraft& frontend : check.draft.frontends) {
    check_certificate_fields(check, frontend);
    check_inspection(check, frontend);
    check_limits(check, frontend);
  }
}

}  // namespace hapair::config
