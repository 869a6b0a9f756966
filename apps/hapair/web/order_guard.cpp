#include "apps/hapair/web/order_guard.hpp"

#include <algorithm>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/tls/hmac.hpp"

namespace hapair::web {
namespace {

/// Takes as long wherever they differ.
bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned differences = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    differences |=
        static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  }
  return differences == 0;
}

/// The host and port of an Origin; empty for "null" and for what is none.
std::string_view authority_of(std::string_view origin) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (origin.starts_with(scheme)) return origin.substr(scheme.size());
  }
  return {};
}

bool is_same_origin(const http::Field& origin, std::string_view host) {
  const std::string_view from = authority_of(origin.value);
  return !from.empty() && base::equals_ignoring_case(from, host);
}

}  // namespace

std::string OrderGuard::token_of(std::string_view user) const {
  std::string token;
  for (const std::uint8_t byte : tls::hmac_sha256(key_, base::as_bytes(user))) {
    base::append_hex(token, byte);
  }
  return token;
}

base::Result<void> OrderGuard::check(const http::RequestHead& request,
                                     std::string_view user) const {
  if (user.empty()) return base::fail("nobody has said who he is; log in to the page first");
  const http::Field* const site = request.fields.find("Sec-Fetch-Site");
  if (site != nullptr && site->value != "same-origin") {
    return base::fail("the order comes from another site; give it on the page itself");
  }
  const http::Field* const origin = request.fields.find("Origin");
  if (origin != nullptr && !is_same_origin(*origin, request.host)) {
    return base::fail("the order comes from a page of another origin; give it on the page itself");
  }
  const http::Field* const token = request.fields.find(kField);
  if (token == nullptr || !same_secret(token->value, token_of(user))) {
    return base::fail(base::concat("the field ", kField, " is missing, or is not that of this ",
                                   "user and this run of the program; load the page anew"));
  }
  return {};
}

}  // namespace hapair::web
