// What a reload means for grants and for the guardian's standing orders.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "apps/hapair/guardian/regrant.hpp"
#include "apps/hapair/guardian/reload_reader.hpp"
#include "common/base/text.hpp"
#include "tests/unit/guardian/guardian_world.hpp"
#include "tests/unit/ip.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;
using namespace test;

GroupGrant group(std::string name, std::uint8_t router_id, std::size_t interface = 0) {
  GroupGrant grant;
  grant.name = std::move(name);
  grant.router_id = router_id;
  grant.interface = interface;
  grant.source = ip("192.0.2.1");
  grant.addresses = {{.prefix = {ip("192.0.2.100"), 32}, .interface = interface}};
  return grant;
}

BindGrant at(std::string_view endpoint) {
  return {.endpoint = base::Endpoint::parse(endpoint).value(), .unix_path = {}};
}

BindGrant at_path(std::string path) { return {.endpoint = {}, .unix_path = std::move(path)}; }

Grants some() {
  Grants grants;
  grants.node = "lb1";
  grants.uid = 990;
  grants.gid = 990;
  grants.user = "hapair";
  grants.interfaces = {"eth0", "eth1"};
  grants.groups = {group("VI_1", 51), group("VI_2", 52, 1)};
  grants.binds = {at("192.0.2.100:80"), at_path("/run/app.sock")};
  return grants;
}

GuardianCore::GroupPlan plan(std::size_t addresses) {
  return {.addresses = addresses, .announce_interval = {}, .routes = false};
}

GuardianCore::Origin from(std::size_t place, bool changed = false) {
  return {.place = place, .changed = changed};
}

TEST_CASE("a group is the same virtual router, whatever its name and its place") {
  const Grants running = some();
  Grants next = some();
  next.interfaces = {"eth1", "eth2", "eth0"};
  next.groups = {group("VI_3", 52, 2), group("other", 52, 0), group("VI_1", 51, 2)};
  const std::vector<std::optional<std::size_t>> expected = {std::nullopt, 1, 0};
  CHECK(places_before(running, next) == expected);
}

TEST_CASE("only binds at places that are new get a socket, and only paths that are left go") {
  const Grants running = some();
  Grants next = some();
  next.binds = {at_path("/run/new.sock"), at("192.0.2.100:80"), at("192.0.2.100:81")};
  CHECK(binds_to_open(running, next) == std::vector<std::uint16_t>{0, 2});
  CHECK(unix_sockets_gone(running, next) == std::vector<std::string>{"/run/app.sock"});
  next.binds[1].freebind = true;  // it is bound already
  CHECK(binds_to_open(running, next) == std::vector<std::uint16_t>{0, 2});
}

TEST_CASE("adverts are received anew only where nobody listens yet") {
  const Grants running = some();
  Grants next = some();
  CHECK(receivers_to_open(running, next).empty());
  next.interfaces.emplace_back("eth2");
  next.groups.push_back(group("VI_3", 53, 2));
  next.groups.push_back(group("VI_4", 54, 2));
  next.groups.push_back(group("VI_6", 56, 0));
  next.groups.back().source = ip("fe80::1");
  const auto receivers = receivers_to_open(running, next);
  REQUIRE(receivers.size() == 2);
  CHECK(receivers[0].interface == 2);
  CHECK(receivers[0].family == base::Family::kIpv4);
  CHECK(receivers[1].interface == 0);
  CHECK(receivers[1].family == base::Family::kIpv6);
}

TEST_CASE("what a guardian can't change it names, all of it, with the remedy") {
  const Grants running = some();
  CHECK(unchangeable(running, some()).empty());
  Grants next = some();
  next.uid = 991;
  next.journal.path = "/elsewhere";
  next.groups[0].router_id = 77;
  next.groups[1].virtual_mac = true;
  const auto all = base::join(unchangeable(running, next), "\n");
  CHECK(all.contains("process.user"));
  CHECK(all.contains("journal can't change while it runs: restart hapair on this node"));
  CHECK(all.contains("vips.VI_1: router_id 51 becomes 77"));
  CHECK(all.contains("vips.VI_2: virtual_mac"));
}

TEST_CASE("a bind at one address can't take the place of one at all of them, nor the reverse") {
  Grants running = some();
  running.binds = {at("0.0.0.0:80"), at("192.0.2.100:81"), at("[::]:82"), at_path("/run/app.sock")};
  Grants next = some();
  next.binds = {at("192.0.2.100:82"), at("0.0.0.0:83"), at_path("/run/app.sock")};
  CHECK(unchangeable(running, next).empty());
  next.binds = {at("192.0.2.100:80"), at("0.0.0.0:81")};
  const auto all = unchangeable(running, next);
  REQUIRE(all.size() == 2);
  CHECK(all[0] ==
        "0.0.0.0:81: a bind here can't take the place of 192.0.2.100:81 while it runs: take the "
        "bind at 192.0.2.100:81 out by a reload first, or restart hapair on this node");
  CHECK(all[1].starts_with("192.0.2.100:80: a bind here can't take the place of 0.0.0.0:80"));
}

TEST_CASE("other scripts, or others that are told, are a change of scripts") {
  const Grants running = some();
  Grants next = some();
  CHECK_FALSE(scripts_change(running, next));
  next.notifies.push_back({.name = "VI_1"});
  CHECK(scripts_change(running, next));
}

TEST_CASE("standing orders stand over a reload, whatever place their group has then") {
  World world = serving();
  world.order(Advertise{.group = 1, .priority = 100, .interval = 100ms});
  world.order(Hold{.group = 1});
  world.pass(30ms);
  const std::array<GuardianCore::GroupPlan, 2> plans = {plan(2), plan(2)};
  const std::array<GuardianCore::Origin, 2> origins = {from(1), GuardianCore::Origin{}};
  CHECK(world.core.on_reload(plans, origins, kLimit, world.now).empty());
  CHECK(world.core.held_groups() == std::vector<std::size_t>{0});
  CHECK(only<SendAdvert>(world.pass(69ms)).empty());
  CHECK(only<SendAdvert>(world.pass(1ms)) == std::vector<SendAdvert>{{0, 100, 100ms}});
}

TEST_CASE("what a held group has got is put on the host and announced, of others nothing") {
  World world = serving();
  world.order(Hold{.group = 0});
  const std::array<GuardianCore::GroupPlan, 2> plans = {plan(3), plan(1)};
  const std::array<GuardianCore::Origin, 2> origins = {from(0, true), from(1, true)};
  const auto actions = world.core.on_reload(plans, origins, kLimit, world.now);
  REQUIRE(only<PutAddresses>(actions).size() == 1);
  CHECK(only<PutAddresses>(actions)[0].ranges ==
        std::vector<AddressRange>{{.group = 0, .first = 0, .count = 3}});
  std::size_t announced = 0;
  for (const SendArp& each : only<SendArp>(world.pass(10ms))) announced += each.range.count;
  CHECK(announced == 3);
}

TEST_CASE("a reader's answer is a configuration or the text of its faults") {
  const auto faults = take_new_config({.bytes = {2, 'n', 'o'}, .fds = {}});
  REQUIRE_FALSE(faults.has_value());
  CHECK(faults.error() == "no");
  const std::vector<std::vector<std::uint8_t>> malformed = {
      std::vector<std::uint8_t>{}, std::vector<std::uint8_t>{0}, std::vector<std::uint8_t>{1},
      std::vector<std::uint8_t>{1, 0}, std::vector<std::uint8_t>{1, 3}};
  for (const auto& bytes : malformed) {
    CHECK(take_new_config({.bytes = bytes, .fds = {}}).error() ==
          "the config reader's answer is malformed");
  }
}

}  // namespace
}  // namespace hapair::guardian
