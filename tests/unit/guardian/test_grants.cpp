#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "apps/hapair/guardian/grants.hpp"
#include "tests/fuzz/guardian_grants_body.hpp"
#include "tests/fuzz/replay.hpp"
#include "tests/unit/ip.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;

base::Prefix prefix(std::string_view text) { return base::Prefix::parse(text).value(); }

Grants two_groups() {
  Grants grants;
  grants.node = "lb1";
  grants.uid = 990;
  grants.gid = 991;
  grants.user = "hapair";
  grants.heartbeat_limit = 250ms;
  grants.drain_timeout = 0s;
  grants.interfaces = {"ens33", "eth0.100"};
  grants.groups = {
      {.name = "VI_1",
       .interface = 1,
       .version = vrrp::Version::kV2,
       .router_id = 51,
       .password = vrrp::auth_key("1111"),
       .source = ip("192.0.2.1"),
       .unicast = true,
       .peers = {ip("192.0.2.2"), ip("192.0.2.3")},
       .addresses = {{.prefix = prefix("192.0.2.100"), .interface = 1, .label = "eth0:v"},
                     {.prefix = prefix("192.0.2.101/24"), .scope = 253, .advertised = false},
                     {.prefix = prefix("2001:db8::9")}},
       .virtual_mac = true,
       .routes = {{.route = {.to = prefix("198.51.100.0/24"),
                             .via = ip("192.0.2.9"),
                             .source = ip("192.0.2.100"),
                             .table = 4294967295,
                             .metric = 50},
                   .interface = 1},
                  {.route = {.to = prefix("::/0")}}},
       .rules = {{.from = prefix("192.0.2.100"), .table = 100, .priority = 1},
                 {.from = prefix("192.0.2.0/24"),
                  .to = prefix("198.51.100.0/24"),
                  .table = 100,
                  .priority = 32765}},
       .announce_interval = 100ms},
      {.name = "VI_2",
       .interface = 0,
       .version = vrrp::Version::kV3,
       .router_id = 255,
       .password = {},
       .source = ip("198.51.100.1"),
       .unicast = false,
       .peers = {},
       .addresses = {{.prefix = prefix("198.51.100.9")}}}};
  grants.binds = {{.endpoint = {ip("192.0.2.100"), 80}, .unix_path = {}, .freebind = true},
                  {.endpoint = {ip("::"), 443}, .unix_path = {}, .freebind = false},
                  {.endpoint = {}, .unix_path = "/run/app.sock", .freebind = false}};
  grants.targets = {
      InterfaceTarget{.interface = "eth1", .addresses = {ip("10.0.0.1"), ip("2001:db8::1")}},
      InterfaceTarget{.interface = "ppp0", .addresses = {}},
      GatewayTarget{.address = ip("192.0.2.254"), .interface = {}, .source = ip("192.0.2.1")},
      GatewayTarget{
          .address = ip("fe80::1"), .by = GatewayTarget::By::kNeighbour, .interface = "eth1"},
      ScriptTarget{}};
  grants.control = {.path = "/run/hapair/control.sock", .gid = 991, .mode = 0660};
  grants.journal = {
      .path = "/var/log/hapair/journal-lb1.jsonl", .max_bytes = 10'485'760, .gid = 991};
  grants.logs = {.paths = {"/var/log/hapair/access.log", "/srv/log/hapair.log"}, .gid = 991};
  grants.scripts = {{.argv = {"/etc/hapair/notify", "", "two words"},
                     .uid = 65534,
                     .gid = 65533,
                     .groups = {65533, 100},
                     .timeout = 30s},
                    {.argv = {"/bin/true"}, .timeout = 100ms, .hears = true}};
  grants.notifies = {{.subject = vrrp::NotifySubject::kInstance,
                      .name = "VI_1",
                      .by_state = {0, std::nullopt, 1, std::nullopt},
                      .any = {}},
                     {.subject = vrrp::NotifySubject::kGroup, .name = "both", .any = 1}};
  grants.tls_files = {
      {.path = "/etc/hapair/tls.d"},
      {.path = "/srv/www/chain.pem", .key = "/srv/www/key.pem", .ocsp = "/srv/www/ocsp.der"},
      {.kind = tls_files::Kind::kTrust, .path = "/etc/hapair/clients.pem"}};
  return grants;
}

std::string refusal_of(const Grants& grants) {
  const auto decoded = decode_grants(encode_grants(grants));
  return decoded ? "" : decoded.error().message;
}

TEST_CASE("grants are read as they were written") {
  CHECK(decode_grants(encode_grants(two_groups())) == two_groups());
  CHECK(decode_grants(encode_grants(Grants{})) == Grants{});
}

TEST_CASE("what the fuzzer starts from is of the present form") {
  std::ifstream file(HAPAIR_TEST_ROOT "/fuzz/corpus/guardian_grants/full", std::ios::binary);
  const std::string full{std::istreambuf_iterator<char>(file), {}};
  const auto grants = decode_grants(base::as_bytes(full));
  REQUIRE_MESSAGE(grants.has_value(), "write it anew, and the others beside it");
  CHECK(*grants == two_groups());
}

TEST_CASE("grants cut short at any byte are refused") {
  const auto whole = encode_grants(two_groups());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_FALSE(decode_grants(base::Bytes(whole).first(length)).has_value());
  }
}

TEST_CASE("files of TLS that are none are refused") {
  Grants grants = two_groups();
  grants.tls_files.push_back({.path = "relative.pem"});
  CHECK(refusal_of(grants) == "grants: cut short or too long");
  grants.tls_files.assign(kMaxTlsFiles + 1, {.path = "/a"});
  CHECK(refusal_of(grants) == "grants: more than 1024 files of TLS");
}

TEST_CASE("grants with bytes behind their end are refused") {
  auto longer = encode_grants(two_groups());
  longer.push_back(0);
  const auto decoded = decode_grants(longer);
  REQUIRE_FALSE(decoded.has_value());
  CHECK(decoded.error().message == "grants: cut short or too long");
}

TEST_CASE("log files have absolute paths, and there are up to 16") {
  Grants grants = two_groups();
  grants.logs.paths = {"/a", "log"};
  CHECK(decode_grants(encode_grants(grants)).error().message ==
        "grants: a log file's path is impossible");
  grants.logs.paths.assign(16, "/a");
  CHECK(decode_grants(encode_grants(grants)));
  grants.logs.paths.assign(17, "/a");
  CHECK(decode_grants(encode_grants(grants)).error().message == "grants: more than 16 log files");
}

TEST_CASE("what one group may be is checked") {
  Grants grants = two_groups();
  GroupGrant& group = grants.groups[1];
  SUBCASE("interface") {
    group.interface = 2;
    CHECK(refusal_of(grants) == "grants: a VIP group names no interface");
  }
  SUBCASE("router id") {
    group.router_id = 0;
    CHECK(refusal_of(grants) == "grants: router id is 1 to 255");
  }
  SUBCASE("announcements") {
    group.announce_interval = 101ms;
    CHECK(refusal_of(grants) == "grants: announcements lie 0 to 100 ms apart");
  }
  SUBCASE("password") {
    group.password = vrrp::auth_key("x");
    CHECK(refusal_of(grants) == "grants: only version 2 has a password");
  }
  SUBCASE("source") {
    grants.groups[0].source = ip("2001:db8::1");  // version 2
    CHECK(refusal_of(grants) ==
          "grants: a VIP group has no source address that its version can have");
  }
  SUBCASE("peer") {
    group.peers = {ip("2001:db8::2")};
    CHECK(refusal_of(grants) == "grants: a peer is not of the group's family");
  }
  SUBCASE("peers") {
    group.peers.assign(kMaxPeers + 1, ip("192.0.2.2"));
    CHECK(refusal_of(grants) == "grants: too many peers in a VIP group");
  }
  SUBCASE("no address") {
    group.addresses.clear();
    CHECK(refusal_of(grants) == "grants: a VIP group has 1 to 255 addresses");
  }
  SUBCASE("address") {
    group.addresses[0].prefix.length = 33;
    CHECK(refusal_of(grants) == "grants: a VIP is no prefix");
  }
  SUBCASE("nothing to advertise") {
    group.addresses = {{.prefix = prefix("2001:db8::9/64")}};
    CHECK(refusal_of(grants) == "grants: a VIP group advertises no address");
  }
  SUBCASE("interface of an address") {
    group.addresses[0].interface = 2;
    CHECK(refusal_of(grants) == "grants: a VIP names no interface");
  }
  SUBCASE("label") {
    group.addresses[0].label = std::string(16, 'x');
    CHECK(refusal_of(grants) == "grants: a VIP's label is impossible");
  }
  SUBCASE("label of an IPv6 address") {
    grants.groups[0].addresses[2].label = "eth0:v";
    CHECK(refusal_of(grants) == "grants: a VIP's label is impossible");
  }
}

TEST_CASE("what a route or a rule may be is checked") {
  Grants grants = two_groups();
  RouteGrant& route = grants.groups[0].routes[0];
  vrrp::Rule& rule = grants.groups[0].rules[1];
  std::string expected = "grants: a route is impossible";
  SUBCASE("prefix") { route.route.to.length = 33; }
  SUBCASE("gateway") { route.route.via = ip("fe80::1"); }
  SUBCASE("source") { route.route.source = ip("fe80::1"); }
  SUBCASE("table of a route") { route.route.table = 0; }
  SUBCASE("interface") { route.interface = 2; }
  SUBCASE("many routes") {
    const RouteGrant again = route;  // which the new list does not contain
    grants.groups[0].routes.assign(kMaxGroupRoutes, again);
    CHECK(refusal_of(grants).empty());
    grants.groups[0].routes.push_back(again);
    expected = "grants: more than 64 routes in a VIP group";
  }
  SUBCASE("neither from nor to") {
    rule.from = rule.to = std::nullopt;
    expected = "grants: a rule is impossible";
  }
  SUBCASE("two families") {
    rule.to = prefix("::/0");
    expected = "grants: a rule is impossible";
  }
  SUBCASE("table of a rule") {
    rule.table = 0;
    expected = "grants: a rule is impossible";
  }
  SUBCASE("priority") {
    rule.priority = 0;
    expected = "grants: a rule is impossible";
  }
  SUBCASE("prefix of a rule") {
    rule.to->length = 33;
    expected = "grants: a rule is impossible";
  }
  SUBCASE("many rules") {
    const vrrp::Rule again = rule;
    grants.groups[0].rules.assign(kMaxGroupRoutes, again);
    CHECK(refusal_of(grants).empty());
    grants.groups[0].rules.push_back(again);
    expected = "grants: more than 64 rules in a VIP group";
  }
  CHECK(refusal_of(grants) == expected);
}

TEST_CASE("the limits of a node's grants are checked at their edge") {
  Grants grants = two_groups();
  SUBCASE("groups") {
    grants.groups.assign(kMaxGroups, grants.groups[1]);
    CHECK(refusal_of(grants).empty());
    grants.groups.push_back(grants.groups[1]);
    CHECK(refusal_of(grants) == "grants: more than 128 VIP groups");
  }
  SUBCASE("routes and rules") {
    for (GroupGrant& group : grants.groups)
      group.rules.assign(64, {.from = prefix("::/0"), .priority = 1});
    grants.groups[0].routes.assign(64, grants.groups[0].routes[0]);
    grants.groups[1].routes.assign(64, {.route = {.to = prefix("::/0")}});
    CHECK(refusal_of(grants).empty());
    grants.groups.push_back(grants.groups[0]);
    CHECK(refusal_of(grants) == "grants: more than 256 routes and rules");
  }
  SUBCASE("addresses") {
    grants.groups[1].addresses.assign(kMaxGroupAddresses, {.prefix = prefix("192.0.2.9")});
    grants.groups.assign(4, grants.groups[1]);
    CHECK(refusal_of(grants).empty());
    grants.groups.push_back(grants.groups[1]);
    CHECK(refusal_of(grants) == "grants: more than 1024 VIPs");
  }
  SUBCASE("binds") {
    grants.binds.assign(kMaxBinds, grants.binds[0]);
    CHECK(refusal_of(grants).empty());
    grants.binds.push_back(grants.binds[0]);
    CHECK(refusal_of(grants) == "grants: more than 1024 binds");
  }
  SUBCASE("interfaces") {
    grants.interfaces.resize(kMaxInterfaces + 1, "eth0");
    CHECK(refusal_of(grants) == "grants: too many interfaces");
  }
}

TEST_CASE("impossible names, paths, modes and times are refused") {
  Grants grants = two_groups();
  SUBCASE("interface name") {
    grants.interfaces[0] = "a-name-of-16-chr";
    CHECK(refusal_of(grants) == "grants: an interface name has 1 to 15 bytes");
  }
  SUBCASE("bind without a port") {
    grants.binds[0].endpoint.port = 0;
    CHECK(refusal_of(grants) == "grants: a bind has no endpoint");
  }
  SUBCASE("bind to a link-local address without an interface") {
    grants.binds[0].endpoint.address = ip("fe80::51");
    CHECK(refusal_of(grants).empty());
    grants.binds[0].interface = 2;
    CHECK(refusal_of(grants) == "grants: a bind to a link-local address names no interface");
  }
  SUBCASE("Unix path") {
    grants.binds[2].unix_path = std::string(108, '/');
    CHECK(refusal_of(grants) == "grants: a Unix path is too long");
  }
  SUBCASE("control mode") {
    grants.control.mode = 04755;
    CHECK(refusal_of(grants) == "grants: the control socket's path or mode is impossible");
  }
  SUBCASE("heartbeat limit") {
    grants.heartbeat_limit = 0s;
    CHECK(refusal_of(grants) == "grants: a time limit is absurd");
  }
}

TEST_CASE("what scripts may be, and who is told by which, is checked") {
  Grants grants = two_groups();
  scripts::Script& script = grants.scripts[1];
  SUBCASE("no words") {
    script.argv.clear();
    CHECK(refusal_of(grants) == "grants: a script has 1 to 64 arguments");
  }
  SUBCASE("relative") {
    script.argv = {"true"};
    CHECK(refusal_of(grants) == "grants: a script is no absolute path");
  }
  SUBCASE("a NUL") {
    script.argv.push_back(std::string("a\0b", 3));
    CHECK(refusal_of(grants) == "grants: an argument of a script is impossible");
  }
  SUBCASE("groups") {
    script.groups.assign(65, 1);
    CHECK(refusal_of(grants) == "grants: a script's user is in too many groups");
  }
  SUBCASE("time") {
    script.timeout = 0s;
    CHECK(refusal_of(grants) == "grants: a script has no time");
  }
  SUBCASE("scripts") {
    grants.scripts.resize(kMaxScripts, scripts::Script(script));
    CHECK(refusal_of(grants).empty());
    grants.scripts.push_back(grants.scripts[0]);
    CHECK(refusal_of(grants) == "grants: more than 1024 scripts");
  }
  SUBCASE("notifies") {
    grants.notifies.resize(kMaxNotifies, NotifyGrant(grants.notifies[0]));
    CHECK(refusal_of(grants).empty());
    grants.notifies.push_back(NotifyGrant(grants.notifies[0]));
    CHECK(refusal_of(grants) == "grants: more than 192 subjects are notified of");
  }
  SUBCASE("no such script") {
    grants.notifies[1].any = 2;
    CHECK(refusal_of(grants) == "grants: a notify script is none of the scripts");
  }
}

TEST_CASE("the corpus of grants holds every invariant") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/guardian_grants",
                            fuzz::fuzz_guardian_grants) > 5);
}

}  // namespace
}  // namespace hapair::guardian
