#include "apps/hapair/config/rules_requests.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"

namespace hapair::config::rules {
namespace {

constexpr std::array<std::string_view, 5> kForwardedHeaders = {
    "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "Forwarded"};

base::Result<void> check_forwarded_header(std::string_view text) {
  if (std::ranges::find(kForwardedHeaders, text) != kForwardedHeaders.end()) return {};
  return base::fail(
      base::concat("'", base::printable(text, 64),
                   "' is no field that tells where a request came from; use X-Forwarded-For, "
                   "X-Forwarded-Proto, X-Forwarded-Host, X-Forwarded-Port or Forwarded"));
}

}  // namespace

const TextRule kForwardedHeader{"^(X-Forwarded-(For|Proto|Host|Port)|Forwarded)$",
                                check_forwarded_header, "X-Forwarded-For"};

}  // namespace hapair::config::rules
