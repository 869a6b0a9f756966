#include "apps/hapair/config/rules_requests.hpp"

#include <algorithm>
#include <array>

#include "apps/hapair/config/rules_text.hpp"
#include "common/base/text.hpp"
#include "common/http/chars.hpp"

namespace hapair::config::rules {
namespace {

constexpr std::array<std::string_view, 5> kForwardedHeaders = {
    "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "Forwarded"};

base::Result<void> check_forwarded_header(std::string_view text) {
  if (std::ranges::find(kForwardedHeaders, text) != kForwardedHeaders.end()) return {};
  return base::fail(
      base::concat(quoted(text),
                   " is no field that tells where a request came from; use X-Forwarded-For, "
                   "X-Forwarded-Proto, X-Forwarded-Host, X-Forwarded-Port or Forwarded"));
}

base::Result<void> check_compression(std::string_view text) {
  if (text == "gzip" || text == "deflate") return {};
  return base::fail(base::concat(quoted(text), " is no way to compress; use gzip or deflate"));
}

base::Result<void> check_content_type(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view kind = text.substr(0, slash);
  const std::string_view detail = slash == std::string_view::npos ? "" : text.substr(slash + 1);
  const bool fine = http::all_of(http::kToken, kind) && http::all_of(http::kToken, detail) &&
                    kind.find('*') == std::string_view::npos &&
                    (detail == "*" || detail.find('*') == std::string_view::npos);
  if (fine && kind != "multipart") return {};
  return base::fail(base::concat(quoted(text),
                                 " is no type of content that can be compressed; write it like "
                                 "text/html, or text/* for all of text"));
}

}  // namespace

const TextRule kCompression{"^(gzip|deflate)$", check_compression, "gzip"};
const TextRule kContentType{
    "^[!#$%&'+.^_`|~0-9A-Za-z-]{1,64}/([!#$%&'+.^_`|~0-9A-Za-z-]{1,64}|\\*)$", check_content_type,
    "text/html"};
const TextRule kForwardedHeader{"^(X-Forwarded-(For|Proto|Host|Port)|Forwarded)$",
                                check_forwarded_header, "X-Forwarded-For"};

}  // namespace hapair::config::rules
