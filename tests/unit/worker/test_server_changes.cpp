#include "apps/hapair/worker/server_changes.hpp"

#include <doctest/doctest.h>

#include <expected>
#include <string>
#include <string_view>

#include "tests/unit/worker/traffic_scene.hpp"

using namespace hapair;
using traffic_scene::TrafficScene;
using worker::plain_server;
using worker::weight_of;

namespace {

constexpr std::string_view kWho = "uid 0 (pid 1)";

base::Endpoint endpoint(const char* text) { return base::Endpoint::parse(text).value(); }

struct ChangesBench {
  TrafficScene scene;
  worker::ServerChanges changes{{.loop = *scene.loop,
                                 .model = scene.model,
                                 .health = *scene.health,
                                 .tls = *scene.tls,
                                 .log = scene.log,
                                 .journal = scene.journal}};

  std::string remove(std::string_view backend, std::string_view name) {
    return outcome(changes.remove(backend, name, kWho));
  }
  std::string add(std::string_view backend, std::string_view name, const base::Endpoint& address) {
    return outcome(changes.add(backend, name, {.address = address}, kWho));
  }

 private:
  static std::string outcome(const std::expected<void, control::ActionFault>& done) {
    return done ? std::string("done") : done.error().code;
  }
};

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

TEST_CASE("a server that is added is as the backend has those of which no more is said") {
  config::Backend backend;
  backend.send_proxy = config::SendProxy::kV1;
  const control::NewServer what{.address = endpoint("192.0.2.9:80"), .weight = 5};
  config::Server alone = plain_server(backend, "s9", what);
  CHECK(alone.name == "s9");
  CHECK(alone.address == what.address);
  CHECK(alone.weight == 5);
  CHECK(alone.send_proxy == config::SendProxy::kV1);
  CHECK_FALSE(alone.source);

  config::Server first{.name = "s1", .address = endpoint("192.0.2.1:80"), .weight = 30};
  first.send_proxy = config::SendProxy::kV2;
  first.checked_at = {.address = {}, .port = 8081};
  first.source = base::IpAddress::parse("192.0.2.101").value();
  backend.servers = {first};
  backend.server_defaults = {
      .checked_at = {.address = base::IpAddress::parse("192.0.2.50").value(), .port = 8080},
      .protocols = {.http1 = false, .http2 = true},
      .source4 = base::IpAddress::parse("192.0.2.100").value(),
      .source6 = base::IpAddress::parse("2001:db8::1").value()};
  const config::Server made = plain_server(backend, "s9", {.address = what.address});
  CHECK(made.weight == 1);
  CHECK(made.send_proxy == config::SendProxy::kV1);
  CHECK(made.checked_at == backend.server_defaults.checked_at);
  CHECK(made.protocols.http2);
  CHECK(made.source == backend.server_defaults.source4);
  CHECK(plain_server(backend, "s9", {.address = endpoint("[2001:db8::9]:80")}).source ==
        backend.server_defaults.source6);
}

TEST_CASE("what another server tracks is not removed, and comes back before that one does") {
  ChangesBench bench;
  config::Model next = bench.scene.model;
  next.backends[1].servers[0].track = "app/a";
  bench.scene.reload(next);
  CHECK(bench.remove("app", "a") == "server_in_use");
  CHECK(bench.remove("static", "a") == "done");
  CHECK(bench.remove("app", "a") == "done");
  CHECK(bench.add("static", "a", traffic_scene::at(1001)) == "server_in_use");
  CHECK(bench.add("app", "a", traffic_scene::at(1001)) == "done");
  CHECK(bench.add("static", "a", traffic_scene::at(1001)) == "done");
  CHECK(bench.changes.drift().empty());
  CHECK(bench.remove("app", "a") == "server_in_use");
}

TEST_CASE("what a name without an address tracks is not removed") {
  ChangesBench bench;
  config::Server& named = bench.scene.model.backends[1].servers[1];
  named.by_name = config::ServerName{.name = "web.internal"};
  named.track = "app/a";
  CHECK(bench.remove("app", "a") == "server_in_use");
  CHECK(bench.remove("app", "b") == "done");
}

TEST_CASE("a server that is checked by echoes comes back with a reload only") {
  ChangesBench bench;
  CHECK(bench.remove("app", "a") == "done");
  bench.scene.model.backends[0].servers[0].echo = 0;
  CHECK(bench.add("app", "a", traffic_scene::at(1001)) == "check_needs_file");
  CHECK(bench.changes.drift().size() == 1);
}

TEST_CASE("a frontend of ours is no server") {
  ChangesBench bench;
  CHECK(bench.add("app", "x", bench.scene.web) == "own_address");
  base::Endpoint& listens = bench.scene.model.frontends[0].binds[0].endpoint;
  listens = endpoint("192.0.2.1:8080");  // this node's
  bench.scene.model.cluster.nodes.push_back(bench.scene.model.cluster.nodes[0]);
  bench.scene.model.cluster.nodes[1].address = base::IpAddress::parse("192.0.2.2").value();
  CHECK(bench.add("app", "x", endpoint("192.0.2.2:8080")) == "own_address");
  listens.address = base::IpAddress::any(base::Family::kIpv4);
  for (const char* address : {"127.0.0.1:8080", "192.0.2.1:8080", "192.0.2.2:8080"}) {
    CAPTURE(address);
    CHECK(bench.add("app", "x", endpoint(address)) == "own_address");
  }
  CHECK(bench.add("app", "x", endpoint("192.0.2.1:8081")) == "done");
  CHECK(bench.add("app", "y", endpoint("192.0.2.3:8080")) == "done");
}

TEST_CASE("who adds a server is told once what is wrong, and what to do") {
  ChangesBench bench;
  const auto named = bench.changes.add("app", "b@d", {.address = endpoint("192.0.2.3:80")}, kWho);
  REQUIRE_FALSE(named);
  CHECK(named.error().code == "bad_name");
  CHECK(named.error().message == "'b@d' is no name");
  CHECK(named.error().remedy ==
        "use 1 to 64 letters, digits and _ - . with a letter or digit first");
  const auto placed = bench.changes.add("app", "x", {.address = endpoint("0.0.0.0:80")}, kWho);
  REQUIRE_FALSE(placed);
  CHECK(placed.error().message == "0.0.0.0 is not the address of one host");
  CHECK(placed.error().remedy == "use a unicast address");
}

TEST_CASE("drift has weights first, then what was added, then what was removed") {
  ChangesBench bench;
  CHECK(bench.remove("app", "a") == "done");
  CHECK(bench.add("app", "c", traffic_scene::at(1003)) == "done");
  CHECK(bench.changes.set_weight("static", "b", {.number = 7}, kWho).value() == 7);
  const auto drift = bench.changes.drift();
  REQUIRE(drift.size() == 3);
  CHECK(drift[0].path == "backends.static.servers.b.weight");
  CHECK(drift[0].file == "1");
  CHECK(drift[0].now == "7");
  CHECK(drift[1].subject == "app/c");
  CHECK(drift[1].value == R"({"address": "127.0.0.1:1003", "weight": 1})");
  CHECK(drift[2].subject == "app/a");
  CHECK(drift[2].kind == "removed");
}

TEST_CASE("changes are over that the next file has not") {
  for (const bool written : {true, false}) {
    CAPTURE(written);
    ChangesBench bench;
    const config::Model file = bench.scene.model;
    CHECK(bench.remove("app", "a") == "done");
    CHECK(bench.add("app", "c", traffic_scene::at(1003)) == "done");
    CHECK(bench.changes.set_weight("static", "b", {.number = 7}, kWho).value() == 7);
    const config::Model before = bench.scene.model;
    if (written) {
      bench.scene.model.backends[0].servers.erase(bench.scene.model.backends[0].servers.begin());
    } else {
      bench.scene.model = file;
    }
    CHECK(bench.changes.forget(before) == (written ? 0U : 3U));
    CHECK(bench.changes.drift().empty());
  }
}
