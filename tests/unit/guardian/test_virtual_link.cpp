// Links with a virtual MAC address against the real kernel, in a network namespace that lives as
// long as one test. Skipped where making a namespace is not allowed.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "apps/hapair/guardian/releaser.hpp"
#include "libvrrp/io/frame_sender.hpp"
#include "libvrrp/io/solicited_groups.hpp"
#include "tests/unit/guardian/host.hpp"

namespace hapair::guardian {
namespace {

const std::vector<std::size_t> kOnlyGroup = {0};
constexpr vrrp::MacAddress kMac4 = vrrp::virtual_mac(51, base::Family::kIpv4);
constexpr vrrp::MacAddress kMac6 = vrrp::virtual_mac(51, base::Family::kIpv6);

std::optional<vrrp::Link> find(Netlink& netlink, std::string_view name) {
  const auto links = netlink.links().value();
  const auto found = std::ranges::find(links, name, &vrrp::Link::name);
  if (found == links.end()) return std::nullopt;
  return *found;
}

/// `eth0` is the network card; the group has one IPv4 and one IPv6 address on it.
struct LinkNode {
  explicit LinkNode(Netlink& kernel) : netlink(kernel) {
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

/// Of a link with a virtual MAC address that has just been made.
void check_quiet(Netlink& netlink, const vrrp::Link& link) {
  CHECK(link.up);
  CHECK(netlink.arp_settings(link.index) == vrrp::ArpSettings{.ignore = 1, .announce = 2});
  CHECK(std::ranges::none_of(netlink.addresses().value(), [&](const vrrp::LinkAddress& each) {
    return each.link == link.index;
  }));
}

TEST_CASE("the addresses stand on links with the virtual MACs, which a releaser removes") {
  in_own_namespace([](Netlink& netlink) {
    LinkNode node(netlink);
    auto actuator = node.prepare();
    REQUIRE_MESSAGE(actuator.has_value(), (actuator ? "" : actuator.error().message));
    const auto link4 = find(netlink, "vrrp.51");
    const auto link6 = find(netlink, "vrrp6.51");
    REQUIRE(link4.has_value());
    REQUIRE(link6.has_value());
    CHECK(link4->mac == kMac4);
    CHECK(link6->mac == kMac6);
    check_quiet(netlink, *link4);
    check_quiet(netlink, *link6);
    CHECK(actuator->is_virtual(link4->index));
    CHECK(actuator->is_virtual(link6->index));
    CHECK_FALSE(actuator->is_virtual(find(netlink, "eth0")->index));
    CHECK(node.ledger.made() == std::vector{MadeLink{"vrrp.51", kMac4}, {"vrrp6.51", kMac6}});

    Losses losses;
    actuator->put(std::vector<AddressRange>{{0, 0, 2}}, losses);
    CHECK(losses.reasons.empty());
    const vrrp::LinkAddress four{link4->index, prefix("192.0.2.100")};
    const vrrp::LinkAddress six{link6->index, prefix("2001:db8::100")};
    CHECK(has(netlink, four));
    CHECK(has(netlink, six));
    CHECK(actuator->group_of(four) == 0);
    CHECK(actuator->group_of(six) == 0);
    SUBCASE("released in order first") { actuator->remove(kOnlyGroup); }
    SUBCASE("after a crash") {}
    Releaser(node.ledger, netlink, node.log).remove();
    CHECK_FALSE(find(netlink, "vrrp.51").has_value());
    CHECK_FALSE(find(netlink, "vrrp6.51").has_value());
    CHECK(node.ledger.made().empty());
    CHECK(node.ledger.held().empty());
    CHECK(node.prepare().has_value());
  });
}

TEST_CASE("a family without such an address has no link, and a link-local one is none") {
  in_own_namespace([](Netlink& netlink) {
    LinkNode node(netlink);
    auto& addresses = node.grants.groups[0].addresses;
    SUBCASE("link-local") { addresses[1].prefix = prefix("fe80::51"); }
    SUBCASE("on another network") {
      node.grants.interfaces.emplace_back("lo");
      addresses[1].interface = 1;
    }
    auto actuator = node.prepare();
    REQUIRE(actuator.has_value());
    CHECK(find(netlink, "vrrp.51").has_value());
    CHECK_FALSE(find(netlink, "vrrp6.51").has_value());
    Losses losses;
    actuator->put(std::vector<AddressRange>{{0, 0, 2}}, losses);
    CHECK(losses.reasons.empty());
    CHECK(has(netlink, {actuator->link_of(addresses[1].interface), addresses[1].prefix}));
  });
}

/// What stands in a frame where filters look: the Ethernet type, the protocol, the ICMPv6 type.
struct Kind {
  std::uint16_t type = 0;
  std::uint8_t protocol = 0;
  std::uint8_t icmp = 0;
  bool operator==(const Kind&) const = default;
};

constexpr std::size_t kTypeAt = 12;
constexpr std::size_t kIcmpAt = 54;

std::size_t protocol_at(std::uint16_t type) { return type == ETH_P_IPV6 ? 20 : 23; }

std::vector<std::uint8_t> frame_of(const Kind& kind) {
  std::vector<std::uint8_t> frame(80, 0);
  std::ranges::copy(vrrp::kBroadcastMac, frame.begin());
  std::ranges::copy(kMac6, frame.begin() + ETH_ALEN);
  frame[kTypeAt] = static_cast<std::uint8_t>(kind.type >> 8U);
  frame[kTypeAt + 1] = static_cast<std::uint8_t>(kind.type & 0xffU);
  frame[protocol_at(kind.type)] = kind.protocol;
  frame[kIcmpAt] = kind.icmp;
  return frame;
}

/// Frames from the virtual MAC that arrive at a link, up to one of the last kind.
std::vector<Kind> arriving(int socket, const Kind& last) {
  std::vector<Kind> kinds;
  while (kinds.empty() || kinds.back() != last) {
    std::array<std::uint8_t, 256> frame{};
    REQUIRE(::recv(socket, frame.data(), frame.size(), 0) > 0);
    if (!std::equal(kMac6.begin(), kMac6.end(), frame.begin() + ETH_ALEN)) continue;
    const auto type = static_cast<std::uint16_t>(frame[kTypeAt] << 8U | frame[kTypeAt + 1]);
    kinds.push_back({type, frame[protocol_at(type)], frame[kIcmpAt]});
  }
  return kinds;
}

TEST_CASE("nothing leaves by a link with a virtual MAC but ARP, VRRP and neighbour discovery") {
  in_own_namespace([](Netlink& netlink) {
    LinkNode node(netlink);
    REQUIRE(node.prepare().has_value());
    const net::UniqueFd far(::socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)));
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(ETH_P_ALL);
    at.sll_ifindex = static_cast<int>(find(netlink, "far0")->index);
    REQUIRE(::bind(far.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    const timeval limit{.tv_sec = 5, .tv_usec = 0};
    REQUIRE(::setsockopt(far.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);

    const std::vector<Kind> let_through = {{ETH_P_IP, 112, 0},
                                           {ETH_P_IPV6, 112, 0},
                                           {ETH_P_IPV6, 58, 135},
                                           {ETH_P_IPV6, 58, 136},
                                           {ETH_P_ARP, 0, 0}};
    const std::vector<Kind> held_back = {
        {ETH_P_IP, 2, 0},      {ETH_P_IP, 17, 0},     {ETH_P_IPV6, 0, 0},    {ETH_P_IPV6, 17, 0},
        {ETH_P_IPV6, 58, 133}, {ETH_P_IPV6, 58, 143}, {ETH_P_IPV6, 58, 134}, {0x88cc, 0, 0}};
    auto sender = vrrp::FrameSender::open().value();
    for (const char* name : {"vrrp.51", "vrrp6.51"}) {
      CAPTURE(name);
      const std::uint32_t link = find(netlink, name)->index;
      for (const Kind& kind : held_back) (void)sender.send(link, frame_of(kind));
      for (const Kind& kind : let_through) REQUIRE(sender.send(link, frame_of(kind)).has_value());
      CHECK(arriving(far.get(), let_through.back()) == let_through);
    }
  });
}

TEST_CASE("the link below is in the groups that the IPv6 addresses are solicited by") {
  CHECK(vrrp::solicited_group(ip("2001:db8::12:3456")) == ip("ff02::1:ff12:3456"));
  in_own_namespace([](Netlink& netlink) {
    LinkNode node(netlink);
    node.grants.groups[0].addresses.push_back({.prefix = prefix("2001:db8:1::100")});
    const auto is_in = [] {
      return std::system("ip maddr show dev eth0 | grep -q 'inet6 ff02::1:ff00:100'") == 0;
    };
    CHECK_FALSE(is_in());
    {
      const auto actuator = node.prepare();
      REQUIRE(actuator.has_value());
      CHECK(is_in());
    }
    CHECK_FALSE(is_in());
  });
}

TEST_CASE("a link of that name that is another's is named and left alone") {
  in_own_namespace([](Netlink& netlink) {
    LinkNode node(netlink);
    REQUIRE(std::system("ip link add vrrp.51 link eth0 type macvlan") == 0);
    const auto actuator = node.prepare();
    REQUIRE_FALSE(actuator.has_value());
    CHECK(actuator.error().message ==
          "VI_1: there is an interface vrrp.51 already, which another program has made; remove "
          "it, or do without virtual_mac");
    REQUIRE(node.ledger.note_made({"vrrp.51", kMac4}).has_value());
    Releaser(node.ledger, netlink, node.log).remove();
    CHECK(find(netlink, "vrrp.51").has_value());  // its MAC address is not ours
  });
}

TEST_CASE("unicast adverts leave by the network card, multicast ones by the virtual link") {
  in_own_namespace([](Netlink& netlink) {
    LinkNode node(netlink);
    std::string expected = "vrrp.51";
    SUBCASE("multicast") {}
    SUBCASE("multicast over IPv6") {
      REQUIRE(std::system("ip addr add fe80::1/64 dev eth0 nodad") == 0);
      node.grants.groups[0].source = ip("fe80::1");
      expected = "vrrp6.51";
    }
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
