#include "common/http/trailers.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"

namespace hapair::http {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

constexpr auto kBarred = std::to_array<std::string_view>({
    // framing and the connection
    "connection",
    "content-length",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    // where the request is for, and whom it is from
    "forwarded",
    "host",
    "via",
    "x-real-ip",
    // what is asked for
    "cache-control",
    "expect",
    "max-forwards",
    "pragma",
    "range",
    // who asks
    "authorization",
    "cookie",
    "proxy-authenticate",
    "proxy-authorization",
    "set-cookie",
    "www-authenticate",
    // how the response is to be taken
    "age",
    "date",
    "expires",
    "location",
    "retry-after",
    "vary",
    "warning",
    // how the content is to be read
    "content-encoding",
    "content-range",
    "content-type",
});

constexpr std::array<std::string_view, 3> kBarredBeginnings{"if-", "proxy-", "x-forwarded-"};

}  // namespace

bool trailer_goes_on(std::string_view name) {
  const auto same = [name](std::string_view barred) {
    return base::equals_ignoring_case(name, barred);
  };
  const auto begins = [name](std::string_view barred) {
    return base::equals_ignoring_case(name.substr(0, barred.size()), barred);
  };
  if (std::ranges::any_of(kBarredBeginnings, begins)) return false;
  return std::ranges::none_of(kBarred, same);
}

std::string trailers_to_pass_on(std::string_view section) {
  std::string lines;
  while (!section.empty()) {
    const std::size_t end = section.find(kLineEnd);
    const std::string_view line = section.substr(0, end);
    section.remove_prefix(std::min(section.size(), line.size() + kLineEnd.size()));
    if (line.empty() || !trailer_goes_on(line.substr(0, line.find(':')))) continue;
    lines += line;
    lines += kLineEnd;
  }
  return lines;
}

}  // namespace hapair::http
