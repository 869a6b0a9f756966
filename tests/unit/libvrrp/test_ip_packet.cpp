// The IPv4 header in front of an advert: the golden one, and every way to be none.
#include <doctest/doctest.h>

#include "libvrrp/core/ip_packet.hpp"
#include "tests/unit/libvrrp/wire.hpp"

namespace hapair::vrrp {
namespace {

const std::string kGolden =
    "45c0002c00010000ff70d02a0a630001e0000012"
    "213396020101cfd70a6300640a6300653131313100000000";

/// The golden packet with `hex` written at byte `offset`.
std::vector<std::uint8_t> altered(std::size_t offset, std::string_view hex) {
  std::string packet = kGolden;
  packet.replace(2 * offset, hex.size(), hex);
  return test::from_hex(packet);
}

bool refused(const std::vector<std::uint8_t>& packet) {
  const auto datagram = parse_ipv4(packet);
  return !datagram && datagram.error() == DropReason::kIpHeader;
}

TEST_CASE("the header of a keepalived advert is read") {
  const auto packet = test::from_hex(kGolden);
  const auto datagram = parse_ipv4(packet);
  REQUIRE(datagram);
  CHECK(datagram->source == test::ip("10.99.0.1"));
  CHECK(datagram->destination == test::ip("224.0.0.18"));
  CHECK(datagram->ttl == 255);
  CHECK(datagram->payload.size() == 24);
  CHECK(datagram->payload[1] == 51);
}

TEST_CASE("options are skipped and padding is cut off") {
  const auto with_options =
      test::from_hex("46c0002000010000ff7000000a630001e00000120101010131339601000a4307");
  const auto datagram = parse_ipv4(with_options);
  REQUIRE(datagram);
  CHECK(test::to_hex(datagram->payload) == "31339601000a4307");
  const auto padded = test::from_hex(kGolden + "00000000");
  CHECK(parse_ipv4(padded)->payload.size() == 24);
}

TEST_CASE("what is no whole VRRP packet is refused") {
  CHECK(refused({}));
  CHECK(refused(test::from_hex(kGolden.substr(0, 38))));
  CHECK(refused(altered(0, "65")));          // version 6
  CHECK(refused(altered(0, "44")));          // header of 16 bytes
  CHECK(refused(altered(2, "0013")));        // shorter than its header
  CHECK(refused(altered(2, "002d")));        // longer than what came
  CHECK(refused(altered(6, "2000")));        // more fragments
  CHECK(refused(altered(6, "0001")));        // a later fragment
  CHECK(refused(altered(9, "11")));          // UDP
  CHECK_FALSE(refused(altered(6, "4000")));  // don't fragment
}

}  // namespace
}  // namespace hapair::vrrp
