// The gratuitous ARP frame against the one captured from keepalived 2.2.7.
#include <doctest/doctest.h>

#include "libvrrp/core/arp.hpp"
#include "tests/unit/libvrrp/wire.hpp"

namespace hapair::vrrp {
namespace {

TEST_CASE("the virtual MAC address ends with the router id") {
  CHECK(to_string(virtual_mac(51, base::Family::kIpv4)) == "00:00:5e:00:01:33");
  CHECK(to_string(virtual_mac(255, base::Family::kIpv4)) == "00:00:5e:00:01:ff");
  CHECK(to_string(virtual_mac(51, base::Family::kIpv6)) == "00:00:5e:00:02:33");
}

TEST_CASE("a gratuitous ARP is a broadcast request for the address from the address") {
  const MacAddress mac = {0x02, 0x00, 0x5e, 0x10, 0x20, 0x30};
  CHECK(test::to_hex(gratuitous_arp(mac, test::ip("10.99.0.100"))) ==
        "ffffffffffff02005e102030080600010800060400010200"
        "5e1020300a630064ffffffffffff0a630064");
}

}  // namespace
}  // namespace hapair::vrrp
