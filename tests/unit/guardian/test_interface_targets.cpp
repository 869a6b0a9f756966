#include <doctest/doctest.h>

#include "apps/hapair/guardian/interface_targets.hpp"
#include "tests/unit/ip.hpp"

namespace hapair::guardian {
namespace {

vrrp::Link link(std::uint32_t index, std::string name, bool up = true, bool carrier = true) {
  vrrp::Link link;
  link.index = index;
  link.name = std::move(name);
  link.up = up;
  link.carrier = carrier;
  return link;
}

vrrp::LinkAddress on(std::uint32_t link, std::string_view address) {
  return {.link = link, .prefix = {ip(address), 24}};
}

Grants two_targets() {
  Grants grants;
  grants.targets = {InterfaceTarget{.interface = "eth1", .addresses = {ip("10.0.0.1")}},
                    InterfaceTarget{.interface = "ppp0", .addresses = {}}};
  return grants;
}

struct Fixture {
  Fixture() {
    const std::vector links = {link(1, "lo"), link(2, "eth0"), link(3, "eth1")};
    const std::vector addresses = {on(2, "192.0.2.1"), on(3, "10.0.0.1")};
    targets.reset(links, addresses);
  }

  /// "0 good: eth1 is up; 1 bad: there is no ppp0", of what has changed.
  std::string changes() { return text(targets.take_changes()); }
  static std::string text(const std::vector<TargetFound>& found) {
    std::string out;
    for (const TargetFound& each : found) {
      if (!out.empty()) out += "; ";
      out += std::to_string(each.target);
      out += each.outcome == TargetOutcome::kGood ? " good: " : " bad: ";
      out += each.detail;
    }
    return out;
  }

  Grants grants = two_targets();
  InterfaceTargets targets{grants};
};

TEST_CASE_FIXTURE(Fixture, "each interface is found as it is, once, and again when asked for all") {
  CHECK(changes() == "0 good: eth1 is up; 1 bad: there is no ppp0");
  CHECK(changes().empty());
  CHECK(text(targets.all()) == "0 good: eth1 is up; 1 bad: there is no ppp0");
  CHECK(changes().empty());
}

TEST_CASE_FIXTURE(Fixture, "set down, without a carrier, without its address: each has its words") {
  (void)changes();
  targets.on_event(vrrp::LinkChanged{link(3, "eth1", true, false)});
  CHECK(changes() == "0 bad: eth1 has no carrier");
  targets.on_event(vrrp::LinkChanged{link(3, "eth1", false, false)});
  CHECK(changes() == "0 bad: eth1 is set down");
  targets.on_event(vrrp::LinkChanged{link(3, "eth1")});
  CHECK(changes() == "0 good: eth1 is up");
  targets.on_event(vrrp::AddressRemoved{on(3, "10.0.0.1")});
  CHECK(changes() == "0 bad: eth1 has lost its address 10.0.0.1");
  targets.on_event(vrrp::AddressAdded{on(2, "10.0.0.1")});  // elsewhere
  CHECK(changes().empty());
  targets.on_event(vrrp::AddressAdded{on(3, "10.0.0.1")});
  CHECK(changes() == "0 good: eth1 is up");
}

TEST_CASE_FIXTURE(Fixture, "an interface may come, go, and take another's name") {
  (void)changes();
  targets.on_event(vrrp::LinkChanged{link(7, "ppp0")});
  CHECK(changes() == "1 good: ppp0 is up");
  targets.on_event(vrrp::LinkRemoved{link(7, "ppp0")});
  CHECK(changes() == "1 bad: there is no ppp0");
  targets.on_event(vrrp::LinkChanged{link(2, "ppp0")});  // eth0, renamed
  CHECK(changes() == "1 good: ppp0 is up");
  targets.on_event(vrrp::LinkRemoved{link(3, "eth1")});
  targets.on_event(vrrp::LinkChanged{link(3, "eth1")});  // its addresses went with it
  CHECK(changes() == "0 bad: eth1 has lost its address 10.0.0.1");
}

TEST_CASE_FIXTURE(Fixture, "what is told of other interfaces, or again, is no news") {
  (void)changes();
  targets.on_event(vrrp::AddressAdded{on(3, "10.0.0.1")});
  targets.on_event(vrrp::LinkChanged{link(2, "eth0", false, false)});
  targets.on_event(vrrp::AddressRemoved{on(2, "192.0.2.1")});
  targets.on_event(vrrp::EventsLost{});
  CHECK(changes().empty());
}

TEST_CASE("without such targets there is nothing to be told") {
  const Grants none;
  CHECK_FALSE(InterfaceTargets(none).any());
}

}  // namespace
}  // namespace hapair::guardian
