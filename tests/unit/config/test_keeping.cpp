// How clients are kept on their servers, and how often they may, from the file to the model.
#include <doctest/doctest.h>

#include "apps/hapair/config/build.hpp"
#include "apps/hapair/config/parse.hpp"
#include "tests/unit/config/data_files.hpp"

using namespace hapair;
using namespace hapair::config;
using namespace std::chrono_literals;

namespace {

Model keeping_model(const NodeFacts& facts = NodeFacts()) {
  const ParsedConfig parsed = parse_config(read_text(kDataRoot / "good" / "keeping.json"));
  REQUIRE(parsed.faults.empty());
  return build(parsed.reading.draft, 0, facts);
}

}  // namespace

TEST_CASE("a cookie is signed where there is a secret, and good defaults come with it") {
  const Model model = keeping_model({.cookie_key = std::string(32, 'k')});
  CHECK(model.cookie_key == std::string(32, 'k'));
  const Cookie& full = model.backends.at(0).cookie.value();
  CHECK(full.name == "SRV");
  CHECK(full.is_signed);
  CHECK(full.max_idle == 30min);
  CHECK(full.max_life == 8h);
  CHECK(full.same_site == SameSite::kNone);
  CHECK(full.secure == SecureCookie::kAlways);
  CHECK(full.domain == "example.com");
  CHECK(full.path == "/app");
  CHECK_FALSE(full.indirect);
  CHECK_FALSE(full.no_cache);
  CHECK_FALSE(full.http_only);
  const Cookie& short_one = model.backends.at(1).cookie.value();
  CHECK(short_one.mode == CookieMode::kPrefix);
  CHECK(short_one.is_signed);
  CHECK(short_one.secure == SecureCookie::kAuto);
  CHECK(short_one.path == "/");
  CHECK(model.backends.at(0).servers.at(0).cookie == "a_1-Z");
  CHECK(model.backends.at(0).servers.at(1).cookie.empty());
}

TEST_CASE("without a secret a cookie is not signed") {
  const std::string text = R"({
    "cluster": { "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" } } },
    "frontends": { "web": { "bind": [{ "address": "*", "port": 80 }], "default_backend": "app" } },
    "backends": { "app": { "cookie": { "name": "SRV" },
      "servers": { "s1": { "address": "192.0.2.21:80" } } } } })";
  const ParsedConfig parsed = parse_config(text);
  REQUIRE(parsed.faults.empty());
  const Cookie cookie = build(parsed.reading.draft, 0, NodeFacts()).backends.at(0).cookie.value();
  CHECK_FALSE(cookie.is_signed);
  CHECK(cookie.indirect);
  CHECK(cookie.no_cache);
  CHECK(cookie.http_only);
}

TEST_CASE("tables and limits have what the file says") {
  const Model model = keeping_model();
  const Stick& by_cookie = model.backends.at(2).stick.value();
  CHECK(by_cookie.on.key == ClientKey::kCookie);
  CHECK(by_cookie.on.name == "session");
  CHECK(by_cookie.on.ipv6_prefix == 16);
  CHECK(by_cookie.size == 1);
  CHECK(by_cookie.expire == 1s);
  CHECK(model.backends.at(3).stick->on.key == ClientKey::kSource);
  CHECK(model.backends.at(4).stick->on.key == ClientKey::kSni);
  CHECK(model.backends.at(4).stick->expire == 30min);
  REQUIRE(model.frontends.at(0).rate_limits.size() == 1);
  const RateLimit& requests = model.frontends.at(0).rate_limits.front();
  CHECK(requests.of == RateOf::kRequests);
  CHECK(requests.limit == 100);
  CHECK(requests.per == 10s);
  CHECK(requests.by.key == ClientKey::kSource);
  CHECK(requests.by.ipv6_prefix == 48);
  CHECK(requests.size == 1'000'000);
  CHECK(model.frontends.at(1).rate_limits.at(0).of == RateOf::kConnections);
  CHECK(model.backends.at(0).rate_limits.at(0).by.key == ClientKey::kHeader);
  CHECK(model.backends.at(0).rate_limits.at(0).by.name == "X-Key");
  const RateLimit& bytes = model.frontends.at(2).rate_limits.at(0);
  CHECK(bytes.of == RateOf::kBytesOut);
  CHECK(bytes.limit == 1U << 30);
  CHECK(bytes.by.name == "session");
  CHECK(model.frontends.at(3).rate_limits.at(0).of == RateOf::kErrors);
  CHECK(model.frontends.at(5).rate_limits.empty());
}
