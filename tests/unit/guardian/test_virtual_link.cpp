// Links with a virtual MAC address against the real kernel, in a network namespace that lives as
// long as one test. Skipped where making a namespace is not allowed.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "apps/hapair/guardian/releaser.hpp"
#include "tests/unit/guardian/host.hpp"

namespace hapair::guardian {
namespace {

const std::vector<std::size_t> kGroup = {0};

std::optional<vrrp::Link> find(Netlink& netlink, std::string_view name) {
  const auto links = netlink.links().value();
  const auto found = std::ranges::find(links, name, &vrrp::Link::name);
  if (found == links.end()) return std::nullopt;
  return *found;
}

/// `eth0` is the network card; the group has one IPv4 and one IPv6 address on it.
struct Node {
  explicit Node(Netlink& kernel) : netlink(kernel) {
    REQUIRE(std::system("ip link add eth0 type veth peer name far0 && ip link set eth0 up && "
                        "ip link set far0 up && ip addr add 192.0.2.1/24 dev eth0") == 0);
    grants.interfaces = {"eth0"};
    grants.groups[0].source = ip("192.0.2.1");
    grants.groups[0].virtual_mac = true;
    grants.groups[0].addresses[1].prefix = prefix("2001:db8::100");
  }

  base::Result<VipActuator> prepare() { return VipActuator::prepare(grants, ledger, netlink, log); }

  Netlink& netlink;
  TemporaryLedger file;
  Ledger ledger = file.open();
  base::Logger log;
  Grants grants = one_group_on_lo();
};

TEST_CASE("the IPv4 addresses stand on a link with the virtual MAC, which a releaser removes") {
  in_own_namespace([](Netlink& netlink) {
    Node node(netlink);
    auto actuator = node.prepare();
    REQUIRE_MESSAGE(actuator.has_value(), (actuator ? "" : actuator.error().message));
    const auto link = find(netlink, "vrrp.51");
    REQUIRE(link.has_value());
    CHECK(link->mac == vrrp::virtual_mac(51));
    CHECK(link->up);
    CHECK(actuator->is_virtual(link->index));
    CHECK_FALSE(actuator->is_virtual(find(netlink, "eth0")->index));
    CHECK(netlink.arp_settings(link->index) == vrrp::ArpSettings{.ignore = 1, .announce = 2});
    CHECK(node.ledger.made() == std::vector{MadeLink{"vrrp.51", vrrp::virtual_mac(51)}});
    CHECK(std::ranges::none_of(netlink.addresses().value(), [&](const vrrp::LinkAddress& each) {
      return each.link == link->index;
    }));

    Losses losses;
    actuator->put(std::vector<AddressRange>{{0, 0, 2}}, losses);
    CHECK(losses.reasons.empty());
    const vrrp::LinkAddress four{link->index, prefix("192.0.2.100")};
    CHECK(has(netlink, four));
    CHECK(has(netlink, {find(netlink, "eth0")->index, prefix("2001:db8::100")}));
    CHECK(actuator->group_of(four) == 0);
    SUBCASE("released in order first") { actuator->remove(kGroup); }
    SUBCASE("after a crash") {}
    Releaser(node.ledger, netlink, node.log).remove();
    CHECK_FALSE(find(netlink, "vrrp.51").has_value());
    CHECK(node.ledger.made().empty());
    CHECK(node.ledger.held().empty());
    CHECK(node.prepare().has_value());
  });
}

TEST_CASE("a link of that name that is another's is named and left alone") {
  in_own_namespace([](Netlink& netlink) {
    Node node(netlink);
    REQUIRE(std::system("ip link add vrrp.51 link eth0 type macvlan") == 0);
    const auto actuator = node.prepare();
    REQUIRE_FALSE(actuator.has_value());
    CHECK(actuator.error().message ==
          "VI_1: there is an interface vrrp.51 already, which another program has made; remove "
          "it, or do without virtual_mac");
    REQUIRE(node.ledger.note_made({"vrrp.51", vrrp::virtual_mac(51)}).has_value());
    Releaser(node.ledger, netlink, node.log).remove();
    CHECK(find(netlink, "vrrp.51").has_value());  // its MAC address is not ours
  });
}

TEST_CASE("unicast adverts leave by the network card, multicast ones by the virtual link") {
  in_own_namespace([](Netlink& netlink) {
    Node node(netlink);
    std::string expected = "vrrp.51";
    SUBCASE("multicast") {}
    SUBCASE("unicast") {
      node.grants.groups[0].unicast = true;
      node.grants.groups[0].peers = {ip("192.0.2.2")};
      expected = "eth0";
    }
    REQUIRE(node.prepare().has_value());
    CHECK(node.ledger.resignations().at(0).link_name == expected);
  });
}

}  // namespace
}  // namespace hapair::guardian
