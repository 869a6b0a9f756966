// Routes and rules against the real kernel, in a network namespace that lives as long as one test.
// Skipped where making a namespace is not allowed.
#include <doctest/doctest.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "apps/hapair/guardian/releaser.hpp"
#include "apps/hapair/guardian/vip_routing.hpp"
#include "libvrrp/io/netlink_monitor.hpp"
#include "tests/unit/guardian/host.hpp"

namespace hapair::guardian {
namespace {

using vrrp::Route;
using vrrp::Routing;
using vrrp::Rule;

const std::vector<std::size_t> kGroup = {0};
/// On a link; 0: as a grant has them.
Route plain(std::uint32_t link) { return {.to = prefix("198.51.100.0/24"), .link = link}; }
Route through(std::uint32_t link) {
  return {.to = prefix("203.0.113.0/24"),
          .via = ip("198.51.100.1"),
          .link = link,
          .source = ip("192.0.2.100"),
          .table = 70000,
          .metric = 7};
}
Route sixth(std::uint32_t link) {
  return {.to = prefix("2001:db8:2::/48"), .link = link, .metric = 1024};
}
const Rule kRule{.from = prefix("192.0.2.100"), .table = 70000, .priority = 1000};
const Rule kSixthRule{.to = prefix("2001:db8:2::/48"), .table = 100, .priority = 1001};

/// A node with one group that is held, on `lo`, and its routes on `eth0`.
struct Node {
  explicit Node(Netlink& kernel) : netlink(kernel) {
    REQUIRE(std::system("ip link add eth0 type veth peer name far0 && ip link set eth0 up && "
                        "ip link set far0 up && ip link set lo up") == 0);
    const auto links = netlink.links().value();
    link = std::ranges::find(links, std::string("eth0"), &vrrp::Link::name)->index;
    all = {plain(link), through(link), sixth(link), kRule, kSixthRule};
    grants.interfaces.emplace_back("eth0");
    for (const Route& route : {plain(0), through(0), sixth(0)}) {
      grants.groups[0].routes.push_back({.route = route, .interface = 1});
    }
    grants.groups[0].rules = {kRule, kSixthRule};
    actuator.emplace(VipActuator::prepare(grants, ledger, netlink, log).value());
    actuator->put(std::array{AddressRange{0, 0, 2}}, losses);
  }

  VipRouting prepare() {
    return VipRouting::prepare(grants, *actuator, ledger, netlink, log).value();
  }
  std::vector<Routing> ours() { return netlink.own_routing().value(); }

  Netlink& netlink;
  std::uint32_t link = 0;  ///< eth0
  std::vector<Routing> all;
  TemporaryLedger file;
  Ledger ledger = file.open();
  base::Logger log;
  Grants grants = one_group_on_lo();
  Losses losses;
  std::optional<VipActuator> actuator;
};

bool same(std::vector<Routing> some, const std::vector<Routing>& others) {
  return some.size() == others.size() && std::ranges::all_of(some, [&](const Routing& each) {
           return std::ranges::find(others, each) != others.end();
         });
}

TEST_CASE("routes and rules of both families come and go, and stand in the ledger meanwhile") {
  in_own_namespace([](Netlink& netlink) {
    Node node(netlink);
    VipRouting routing = node.prepare();
    CHECK(routing.put(0) == 5);
    CHECK(routing.fault(0).empty());
    CHECK(same(node.ours(), node.all));
    CHECK(same(node.ledger.routing(), node.all));
    CHECK(routing.put(0) == 0);
    SUBCASE("all are there, although nothing is known of them") {
      routing.forget(0);
      CHECK(routing.put(0) == 0);
      CHECK(routing.fault(0).empty());
      routing.remove(kGroup);
    }
    SUBCASE("released in order") { routing.remove(kGroup); }
    SUBCASE("released when nothing is known") {
      routing.forget(0);
      routing.remove(kGroup);
    }
    SUBCASE("released from the ledger") {
      CHECK(Releaser(node.ledger, netlink, node.log).remove() == 7);
    }
    SUBCASE("taken off by the next start, which has no ledger") {
      node.ledger.forget_routing(node.all);
      (void)node.prepare();
    }
    CHECK(node.ours().empty());
    CHECK(node.ledger.routing().empty());
  });
}

TEST_CASE("what another program removes is told, and put back") {
  in_own_namespace([](Netlink& netlink) {
    Node node(netlink);
    auto monitor = vrrp::NetlinkMonitor::open(true).value();
    VipRouting routing = node.prepare();
    routing.put(0);
    REQUIRE(netlink.take_off(std::array<Routing, 2>{through(node.link), kRule}) ==
            std::vector{0, 0});
    Events events;
    const auto told = [&events] {
      return std::ranges::count_if(events.seen, [](const vrrp::NetlinkEvent& event) {
        return std::holds_alternative<vrrp::RoutingRemoved>(event);
      });
    };
    for (int turn = 0; turn < 10 && told() < 2; ++turn) {
      pollfd wait{.fd = monitor.fd(), .events = POLLIN, .revents = 0};
      (void)::poll(&wait, 1, 1000);
      monitor.read(events);
    }
    REQUIRE(told() == 2);
    for (const vrrp::NetlinkEvent& event : events.seen) {
      const auto* removed = std::get_if<vrrp::RoutingRemoved>(&event);
      if (removed != nullptr) CHECK(routing.on_removed(removed->routing) == 0);
    }
    CHECK_FALSE(routing.on_removed(Route{.to = prefix("10.0.0.0/8")}).has_value());
    CHECK(routing.put(0) == 2);
    CHECK(same(node.ours(), node.all));
  });
}

TEST_CASE("a route of another program in the same place is named and left alone") {
  in_own_namespace([](Netlink& netlink) {
    Node node(netlink);
    REQUIRE(std::system("ip route add 198.51.100.0/24 dev eth0 proto 186") == 0);
    VipRouting routing = node.prepare();
    CHECK(routing.put(0) == 4);
    CHECK(routing.fault(0) ==
          "route 198.51.100.0/24 table 254 metric 0: there is route 198.51.100.0/24 table 254 "
          "metric 0 of another program (proto 186) in its place; remove that, or give ours another "
          "metric");
    SUBCASE("it goes, and ours comes") {
      REQUIRE(std::system("ip route del 198.51.100.0/24 dev eth0 proto 186") == 0);
      CHECK(routing.put(0) == 1);
      CHECK(routing.fault(0).empty());
      CHECK(same(node.ours(), node.all));
    }
    SUBCASE("ours go, it stays") {
      routing.remove(kGroup);
      CHECK(node.ours().empty());
      CHECK(netlink.in_place_of(plain(node.link))->value().protocol == 186);
    }
  });
}

TEST_CASE("a gateway out of reach is named, and does not keep the others away") {
  in_own_namespace([](Netlink& netlink) {
    Node node(netlink);
    node.grants.groups[0].routes[0].route.via = ip("203.0.113.77");
    VipRouting routing = node.prepare();
    CHECK(routing.put(0) == 3);  // another needs it
    CHECK(routing.fault(0) ==
          "route 198.51.100.0/24 via 203.0.113.77 table 254 metric 0: Network is unreachable");
  });
}

}  // namespace
}  // namespace hapair::guardian
