// What is said of the other routers on the network.
#include <doctest/doctest.h>

#include "libvrrp/core/neighbourhood.hpp"
#include "tests/unit/libvrrp/wire.hpp"

namespace hapair::vrrp {
namespace {

using test::ip;

GroupSettings settings() {
  GroupSettings settings;
  settings.vrid = 51;
  settings.own_address = ip("10.0.0.1");
  settings.nodes = {{"lb2", ip("10.0.0.2")}};
  settings.knows_all_nodes = true;
  return settings;
}

VridsInUse used(std::initializer_list<std::uint8_t> vrids) {
  VridsInUse use;
  for (const std::uint8_t vrid : vrids) use.add(vrid);
  return use;
}

TEST_CASE("a sender is named as the configuration knows it") {
  CHECK(name_of(settings(), ip("10.0.0.2")) == "lb2 (10.0.0.2)");
  CHECK(name_of(settings(), ip("10.0.0.3")) == "10.0.0.3");
}

TEST_CASE("a difference says which addresses are on one side only") {
  CHECK(difference({ip("10.0.0.9"), ip("10.0.0.8")}, {ip("10.0.0.8"), ip("10.0.0.7")}) ==
        "only there 10.0.0.9; only here 10.0.0.7");
  CHECK(difference({ip("10.0.0.9")}, {ip("10.0.0.9"), ip("10.0.0.8")}) == "only here 10.0.0.8");
  CHECK(difference({ip("10.0.0.9"), ip("10.0.0.9")}, {ip("10.0.0.9")}) == "only there 10.0.0.9");
}

TEST_CASE("of many addresses a few are listed and the rest is counted") {
  std::vector<base::IpAddress> many;
  for (std::uint32_t i = 0; i < 255; ++i) many.push_back(base::IpAddress::v4(0x0a000001 + i));
  CHECK(difference(many, {}) ==
        "only there 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7, "
        "10.0.0.8 and 247 more");
  many.resize(8);
  CHECK(difference(many, {}).ends_with("10.0.0.8"));
}

TEST_CASE("the free VRID is the next one above that nobody uses, round the end") {
  CHECK(used({51}).free_above(51) == 52);
  CHECK(used({51, 52, 53}).free_above(51) == 54);
  CHECK(used({254, 255}).free_above(254) == 1);
  VridsInUse all;
  for (int vrid = 1; vrid <= 255; ++vrid) CHECK(all.add(static_cast<std::uint8_t>(vrid)));
  CHECK_FALSE(all.free_above(51));
  CHECK_FALSE(all.add(51));
  CHECK_FALSE(all.add(0));
}

TEST_CASE("somebody who is none of our nodes is a stranger, where we know all nodes") {
  const auto alarm = about_stranger(settings(), ip("10.0.0.9"), used({51, 52}));
  REQUIRE(alarm);
  CHECK(alarm->kind == AlarmKind::kStranger);
  CHECK(alarm->message ==
        "10.0.0.9 advertises with router_id 51 too, and is none of this cluster's nodes; add it to "
        "them, or give this VIP another router_id, such as 53, which nobody here uses");
  CHECK_FALSE(about_stranger(settings(), ip("10.0.0.2"), {}));
  GroupSettings unsure = settings();
  unsure.knows_all_nodes = false;
  CHECK_FALSE(about_stranger(unsure, ip("10.0.0.9"), {}));
}

TEST_CASE("a dropped advert of a node tells what is set up in another way there") {
  const auto alarm = about_refused(settings(), ip("10.0.0.2"), DropReason::kVersion, {});
  REQUIRE(alarm);
  CHECK(alarm->kind == AlarmKind::kNodeRefused);
  CHECK(alarm->message.starts_with("an advert of lb2 (10.0.0.2) is dropped: "));
  CHECK(alarm->message.find(explain(DropReason::kVersion)) != std::string::npos);
  for (const DropReason reason :
       {DropReason::kAuthType, DropReason::kAuthKey, DropReason::kIntervalMismatch,
        DropReason::kUnsigned, DropReason::kBadSignature, DropReason::kReplay}) {
    CHECK(about_refused(settings(), ip("10.0.0.2"), reason, {})->kind == AlarmKind::kNodeRefused);
  }
}

TEST_CASE("a stranger's dropped advert is a stranger's; junk is nobody's") {
  CHECK(about_refused(settings(), ip("10.0.0.9"), DropReason::kAuthKey, {})->kind ==
        AlarmKind::kStranger);
  for (const DropReason reason : {DropReason::kTtl, DropReason::kChecksum, DropReason::kLength,
                                  DropReason::kType, DropReason::kTooShort}) {
    CHECK_FALSE(about_refused(settings(), ip("10.0.0.2"), reason, {}));
    CHECK_FALSE(about_refused(settings(), ip("10.0.0.9"), reason, {}));
  }
}

}  // namespace
}  // namespace hapair::vrrp
