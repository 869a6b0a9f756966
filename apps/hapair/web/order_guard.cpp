#include "apps/hapair/web/order_guard.hpp"

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/tls/hmac.hpp"

namespace hapair::web {
namespace {

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
  if (!has_key()) return token;
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
  if (!has_key()) {
    return base::fail("this host has no random numbers for a token yet; load the page anew later");
  }
  const http::Field* const token = request.fields.find(kField);
  if (token == nullptr || !base::same_secret(token->value, token_of(user))) {
    return base::fail(base::concat("the field ", kField, " is missing, or is not that of this ",
                                   "user and this run of the program; load the page anew"));
  }
  return {};
}

}  // namespace hapair::web
