// Against the real kernel, in a network namespace that lives as long as one test: `lo` stands in
// for the network card. Skipped where making a namespace is not allowed.
#include <doctest/doctest.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "apps/hapair/guardian/ledger.hpp"
#include "apps/hapair/guardian/releaser.hpp"
#include "apps/hapair/guardian/vip_actuator.hpp"
#include "common/event/clock.hpp"
#include "libvrrp/io/netlink_monitor.hpp"
#include "tests/unit/guardian/host.hpp"

namespace hapair::guardian {
namespace {

using vrrp::AddressChange;
using vrrp::ArpSettings;
using vrrp::LinkAddress;

const LinkAddress kFirst{vrrp::kLoopbackIndex, prefix("192.0.2.100")};
const LinkAddress kSecond{vrrp::kLoopbackIndex, prefix("192.0.2.101")};

TEST_CASE("addresses are put, renewed and removed; each change has its own outcome") {
  in_own_namespace([](Netlink& netlink) {
    const LinkAddress v6{vrrp::kLoopbackIndex, prefix("2001:db8::100")};
    const LinkAddress nowhere{4711, prefix("192.0.2.102")};
    const std::vector all = {kFirst, v6, nowhere};
    for (int round = 0; round < 2; ++round) {
      CHECK(netlink.apply(puts(all)) == std::vector{0, 0, ENODEV});
    }
    CHECK(has(netlink, kFirst));
    CHECK(has(netlink, v6));
    CHECK(netlink.apply(changes_to_remove(all)) == std::vector{0, 0, ENODEV});
    CHECK_FALSE(has(netlink, kFirst));
    CHECK(netlink.apply(changes_to_remove(std::vector{kFirst})) == std::vector{EADDRNOTAVAIL});
  });
}

TEST_CASE("a thousand addresses take several batches") {
  in_own_namespace([](Netlink& netlink) {
    std::vector<LinkAddress> all;
    for (std::uint32_t i = 0; i < 1000; ++i) {
      all.push_back({vrrp::kLoopbackIndex, {base::IpAddress::v4(0x0a000000 + i), 32}});
    }
    CHECK(netlink.apply(puts(all)) == std::vector<int>(1000, 0));
    CHECK(netlink.addresses()->size() == 1000);
    CHECK(netlink.apply(changes_to_remove(all)) == std::vector<int>(1000, 0));
  });
}

Grants many_on_lo(std::uint32_t count) {
  Grants grants = one_group_on_lo();
  grants.groups[0].addresses.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    grants.groups[0].addresses.push_back({.prefix = {base::IpAddress::v4(0x0a000000 + i), 32}});
  }
  return grants;
}

TEST_CASE("two hundred VIPs are put within 50 ms, and a slice of renewals takes few") {
  in_own_namespace([](Netlink& netlink) {
    const TemporaryLedger file;
    Ledger ledger = file.open();
    base::Logger log;
    REQUIRE(netlink.apply(puts({{vrrp::kLoopbackIndex, prefix("127.0.0.1/8")}})) == std::vector{0});
    const Grants grants = many_on_lo(200);
    auto actuator = VipActuator::prepare(grants, ledger, netlink, log).value();
    Losses losses;
    const auto took = [](const auto& body) {
      const base::Instant before = event::now();
      body();
      return std::chrono::duration<double, std::milli>(event::now() - before).count();
    };
    const double all = took([&] { actuator.put(std::vector<AddressRange>{{0, 0, 200}}, losses); });
    const std::vector<AddressRange> slice = {{.group = 0, .first = 168, .count = 32}};
    const LinkAddress last{vrrp::kLoopbackIndex, prefix("10.0.0.199/32")};
    REQUIRE(netlink.apply(changes_to_remove(std::vector{last})) == std::vector{0});
    const double renewed = took([&] { actuator.put(slice, losses); });
    MESSAGE("200 VIPs put in " << all << " ms, 32 renewed in " << renewed << " ms");
    CHECK(losses.reasons.empty());
    CHECK(netlink.addresses()->size() == 201);
    CHECK(has(netlink, last));
    // Generous: the machine may be busy with other things. Quiet, it is a few milliseconds.
    CHECK(all < 500);
    CHECK(renewed < 100);
  });
}

TEST_CASE("a slice without fault does not hide the fault of another") {
  in_own_namespace([](Netlink& netlink) {
    const TemporaryLedger file;
    Ledger ledger = file.open();
    base::Logger log;
    REQUIRE(netlink.apply(puts({{vrrp::kLoopbackIndex, prefix("127.0.0.1/8")}})) == std::vector{0});
    Grants grants = many_on_lo(2);
    grants.groups[0].addresses[1].label = "a label longer than the kernel takes";
    auto actuator = VipActuator::prepare(grants, ledger, netlink, log).value();
    Losses losses;
    for (int round = 0; round < 3; ++round) {
      for (const std::size_t first : {0U, 1U}) {
        actuator.put(std::vector<AddressRange>{{.group = 0, .first = first, .count = 1}}, losses);
      }
    }
    CHECK(losses.reasons.size() == 1);
  });
}

TEST_CASE("the monitor tells of addresses that come and go") {
  in_own_namespace([](Netlink& netlink) {
    auto monitor = vrrp::NetlinkMonitor::open().value();
    const LinkAddress v6{vrrp::kLoopbackIndex, prefix("2001:db8::100")};
    REQUIRE(netlink.apply(puts({kFirst, v6})) == std::vector{0, 0});
    REQUIRE(netlink.apply(changes_to_remove(std::vector{kFirst})) == std::vector{0});
    const auto removed = [](const auto& event) {
      const auto* it = std::get_if<vrrp::AddressRemoved>(&event);
      return it != nullptr && it->address == kFirst;
    };
    const auto added = [&v6](const auto& event) {
      const auto* it = std::get_if<vrrp::AddressAdded>(&event);
      return it != nullptr && it->address == v6;
    };
    // The news of an IPv6 address comes from a queue of the kernel's, a little later.
    Events events;
    for (int turn = 0; turn < 10 && std::ranges::none_of(events.seen, added); ++turn) {
      pollfd wait{.fd = monitor.fd(), .events = POLLIN, .revents = 0};
      (void)::poll(&wait, 1, 1000);
      monitor.read(events);
    }
    CHECK(std::ranges::count_if(events.seen, removed) == 1);
    CHECK(std::ranges::count_if(events.seen, added) == 1);
  });
}

TEST_CASE("ARP settings are read and set without /proc/sys") {
  in_own_namespace([](Netlink& netlink) {
    const ArpSettings before = netlink.arp_settings(vrrp::kLoopbackIndex).value();
    const ArpSettings quiet{.ignore = 1, .announce = 2};
    REQUIRE(before != quiet);
    REQUIRE(netlink.set_arp_settings(vrrp::kLoopbackIndex, quiet).has_value());
    CHECK(netlink.arp_settings(vrrp::kLoopbackIndex) == quiet);
    CHECK_FALSE(netlink.arp_settings(4711).has_value());
    CHECK_FALSE(netlink.set_arp_settings(4711, quiet).has_value());
  });
}

TEST_CASE("links are listed with their names") {
  in_own_namespace([](Netlink& netlink) {
    const auto links = netlink.links().value();
    const auto lo = std::ranges::find(links, std::string("lo"), &vrrp::Link::name);
    REQUIRE(lo != links.end());
    CHECK(lo->index == vrrp::kLoopbackIndex);
    CHECK_FALSE(lo->up);
  });
}

TEST_CASE("preparing takes a left-over VIP off and notes what it changes") {
  in_own_namespace([](Netlink& netlink) {
    const TemporaryLedger file;
    Ledger ledger = file.open();
    base::Logger log;
    const LinkAddress own{vrrp::kLoopbackIndex, prefix("127.0.0.1/8")};
    const LinkAddress wider{vrrp::kLoopbackIndex, prefix("192.0.2.100/24")};
    REQUIRE(netlink.apply(puts({own, wider})) == std::vector{0, 0});
    const ArpSettings before = netlink.arp_settings(vrrp::kLoopbackIndex).value();

    const Grants grants = one_group_on_lo();
    auto actuator = VipActuator::prepare(grants, ledger, netlink, log);
    REQUIRE_MESSAGE(actuator.has_value(), (actuator ? "" : actuator.error().message));
    CHECK_FALSE(has(netlink, wider));
    CHECK(has(netlink, own));
    CHECK(ledger.changed() == std::vector{ChangedLink{"lo", vrrp::kLoopbackIndex, before}});
    CHECK(ledger.resignations().size() == 1);

    Releaser(ledger, netlink, log).restore_settings();
    CHECK(netlink.arp_settings(vrrp::kLoopbackIndex) == before);
    CHECK(ledger.changed().empty());
  });
}

TEST_CASE("what is held stands in the ledger, and a releaser takes it off without the actuator") {
  in_own_namespace([](Netlink& netlink) {
    const TemporaryLedger file;
    Ledger ledger = file.open();
    base::Logger log;
    REQUIRE(netlink.apply(puts({{vrrp::kLoopbackIndex, prefix("127.0.0.1/8")}})) == std::vector{0});
    const Grants grants = one_group_on_lo();
    auto actuator = VipActuator::prepare(grants, ledger, netlink, log).value();
    Losses losses;
    const std::vector<std::size_t> groups = {0};
    actuator.put(std::vector<AddressRange>{{0, 0, 2}}, losses);
    CHECK(has(netlink, kFirst));
    CHECK(has(netlink, kSecond));
    CHECK(ledger.held().size() == 2);
    CHECK(losses.reasons.empty());

    SUBCASE("released in order") {
      actuator.remove(groups);
      CHECK(ledger.held().empty());
    }
    SUBCASE("released from the ledger") {
      CHECK(Releaser(ledger, netlink, log).remove() == 2);
      CHECK(ledger.held().empty());
    }
    CHECK_FALSE(has(netlink, kFirst));
    CHECK_FALSE(has(netlink, kSecond));
  });
}

TEST_CASE("an interface or a source address that is missing is named") {
  in_own_namespace([](Netlink& netlink) {
    const TemporaryLedger file;
    Ledger ledger = file.open();
    base::Logger log;
    Grants grants = one_group_on_lo();
    SUBCASE("source") {
      // A namespace that never had an address has no table to look in, and takes any.
      REQUIRE(netlink.apply(puts({kFirst})) == std::vector{0});
      grants.groups[0].source = base::IpAddress::parse("192.0.2.1").value();
      const auto actuator = VipActuator::prepare(grants, ledger, netlink, log);
      REQUIRE_FALSE(actuator.has_value());
      CHECK(actuator.error().message ==
            "VI_1: advert socket on lo: 192.0.2.1 is not an address of this host; give it to lo "
            "or correct the node's address");
    }
    SUBCASE("interface") {
      grants.interfaces = {"eth7"};
      const auto actuator = VipActuator::prepare(grants, ledger, netlink, log);
      REQUIRE_FALSE(actuator.has_value());
      CHECK(actuator.error().message == "interface eth7 is not on this host; see `ip link`");
    }
  });
}

}  // namespace
}  // namespace hapair::guardian
