// The unsolicited neighbour advertisement against the one captured from keepalived 2.2.7.
#include <doctest/doctest.h>

#include "common/base/checksum.hpp"
#include "libvrrp/core/neighbour_advert.hpp"
#include "tests/unit/libvrrp/wire.hpp"

namespace hapair::vrrp {
namespace {

const MacAddress kMac = {0x02, 0x00, 0x5e, 0x10, 0x20, 0x30};

TEST_CASE("an unsolicited neighbour advertisement overrides, from the address to all nodes") {
  const std::string frame =
      test::to_hex(unsolicited_neighbour_advert(kMac, test::ip("fe80::51"), false));
  CHECK(frame.substr(0, 36) == "33330000000102005e10203086dd60000000");
  CHECK(frame.substr(36, 8) == "00203aff");
  CHECK(frame.substr(44, 32) == "fe800000000000000000000000000051");
  CHECK(frame.substr(76, 32) == "ff020000000000000000000000000001");
  CHECK(frame.substr(108, 4) == "8800");
  CHECK(frame.substr(116, 8) == "20000000");
  CHECK(frame.substr(124, 32) == "fe800000000000000000000000000051");
  CHECK(frame.substr(156) == "020102005e102030");
}

TEST_CASE("its checksum is right over the pseudo-header") {
  const auto frame = unsolicited_neighbour_advert(kMac, test::ip("2001:db8::51"), true);
  base::InternetChecksum sum;
  constexpr std::uint8_t kIcmp6 = 58;
  sum.add(base::Bytes(frame).subspan(22, 32)).add_u16(kIcmp6).add_u16(32);
  CHECK(sum.add(base::Bytes(frame).subspan(54)).finish() == 0);
}

TEST_CASE("a router says that it is one") {
  const auto frame = unsolicited_neighbour_advert(kMac, test::ip("fe80::51"), true);
  CHECK(frame[58] == 0xa0);
}

}  // namespace
}  // namespace hapair::vrrp
