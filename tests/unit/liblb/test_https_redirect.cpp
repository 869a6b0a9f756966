#include "liblb/core/https_redirect.hpp"

#include <doctest/doctest.h>

#include <string>

namespace hapair::lb {
namespace {

struct Case {
  const char* host;
  const char* path;
  std::uint16_t port;
  const char* location;
};

std::string location_of(const http::RequestHead& head, std::uint16_t port) {
  return https_location(head, port).value_or("none");
}

TEST_CASE("the host stays without its port, path and query as they are") {
  for (const Case& each : {
           Case{"example.org", "/", 443, "https://example.org/"},
           Case{"example.org:80", "/a?b=c", 443, "https://example.org/a?b=c"},
           Case{"example.org:8080", "//evil.example", 8443,
                "https://example.org:8443//evil.example"},
           Case{"[2001:db8::1]", "/", 443, "https://[2001:db8::1]/"},
           Case{"[2001:db8::1]:80", "/", 8443, "https://[2001:db8::1]:8443/"},
           Case{"example.org", "*", 443, "https://example.org/"},
           Case{"example.org", "?a", 443, "https://example.org/?a"},
           Case{"", "/", 443, "none"},
           Case{":80", "/", 443, "none"},
           Case{"a@b", "/", 443, "none"},
           Case{"a\r\nSet-Cookie", "/", 443, "none"},
       }) {
    CAPTURE(each.host);
    http::RequestHead head;
    head.host = each.host;
    head.path = each.path;
    CHECK(location_of(head, each.port) == each.location);
  }
}

TEST_CASE("the target's authority goes before Host, and a tunnel has no way to https") {
  http::RequestHead head;
  head.host = "b";
  head.authority = "a:80";
  head.form = http::TargetForm::kAbsolute;
  CHECK(location_of(head, 443) == "https://a/");
  head.form = http::TargetForm::kAuthority;
  CHECK(location_of(head, 443) == "none");
}

TEST_CASE("only what reads may become a GET") {
  CHECK(redirect_status(http::Method::kGet) == 301);
  CHECK(redirect_status(http::Method::kHead) == 301);
  CHECK(redirect_status(http::Method::kPost) == 308);
}

}  // namespace
}  // namespace hapair::lb
