#include <doctest/doctest.h>

#include "apps/hapair/worker/server_changes.hpp"

using namespace hapair;
using worker::server_like_others;
using worker::weight_of;

namespace {

base::Endpoint at(const char* text) { return base::Endpoint::parse(text).value(); }

}  // namespace

TEST_CASE("a weight is a number, or percent of the file's, as HAProxy reckons") {
  CHECK(weight_of({.number = 7}, 30) == 7);
  CHECK(weight_of({.number = 0}, 30) == 0);
  CHECK(weight_of({.number = 50, .percent = true}, 30) == 15);
  CHECK(weight_of({.number = 50, .percent = true}, 1) == 0);
  CHECK(weight_of({.number = 100, .percent = true}, 30) == 30);
  CHECK(weight_of({.number = 25'600, .percent = true}, 1) == 256);
  CHECK(weight_of({.number = 25'600, .percent = true}, 256) == 256);
}

TEST_CASE("a server that is added is like the others of its backend") {
  config::Backend backend;
  backend.send_proxy = config::SendProxy::kV1;
  const control::NewServer what{.address = at("192.0.2.9:80"), .weight = 5};
  config::Server alone = server_like_others(backend, "s9", what);
  CHECK(alone.name == "s9");
  CHECK(alone.address == what.address);
  CHECK(alone.weight == 5);
  CHECK(alone.send_proxy == config::SendProxy::kV1);
  CHECK_FALSE(alone.source);

  config::Server first{.name = "s1", .address = at("192.0.2.1:80"), .weight = 30};
  first.send_proxy = config::SendProxy::kV2;
  first.checked_at = {.port = 8080};
  first.source = base::IpAddress::parse("192.0.2.100").value();
  first.backup = true;
  first.max_connections = 7;
  config::Server named{.name = "n", .address = {}};
  named.by_name = config::ServerName{.name = "web.internal"};
  backend.servers = {named, first};
  const config::Server like = server_like_others(backend, "s9", {.address = at("192.0.2.9:80")});
  CHECK(like.weight == 1);
  CHECK(like.send_proxy == config::SendProxy::kV2);
  CHECK(like.checked_at.port == 8080);
  CHECK(like.source == first.source);
  CHECK_FALSE(like.backup);
  CHECK(like.max_connections == 0);
  CHECK_FALSE(server_like_others(backend, "s9", {.address = at("[2001:db8::9]:80")}).source);

  backend.servers = {named};
  backend.servers[0].by_name->source6 = base::IpAddress::parse("2001:db8::1").value();
  CHECK(server_like_others(backend, "s9", {.address = at("[2001:db8::9]:80")}).source ==
        backend.servers[0].by_name->source6);
}
