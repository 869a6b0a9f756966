// The advert codec against bytes captured from keepalived 2.2.7 (the golden packets), and the
// faults that a decoder must tell apart.
#include <doctest/doctest.h>

#include <chrono>

#include "libvrrp/core/packet.hpp"
#include "tests/unit/libvrrp/wire.hpp"

namespace hapair::vrrp {
namespace {

using namespace std::chrono_literals;
using test::from_hex;
using test::ip;
using test::to_hex;

const base::IpAddress kSource = ip("10.99.0.1");
const base::IpAddress kPeer = ip("10.99.0.2");
const base::IpAddress kGroup = ip("224.0.0.18");

Advert v2_advert() {
  return {.version = Version::kV2,
          .vrid = 51,
          .priority = 150,
          .interval = 1s,
          .addresses = {ip("10.99.0.100")}};
}

Advert v3_advert() {
  Advert advert = v2_advert();
  advert.version = Version::kV3;
  advert.interval = 100ms;
  return advert;
}

struct Golden {
  const char* name;
  const char* hex;
  Advert advert;
  base::IpAddress source = kSource;
  base::IpAddress destination = kGroup;
  ChecksumForm form = ChecksumForm::kPlain;
};

std::vector<Golden> golden_packets() {
  std::vector<Golden> all;
  Advert password = v2_advert();
  password.auth_type = AuthType::kPassword;
  password.auth = auth_key("1111");
  Advert two = password;
  two.addresses.push_back(ip("10.99.0.101"));
  all.push_back(
      {"v2 password, two addresses", "213396020101cfd70a6300640a6300653131313100000000", two});
  all.push_back(
      {"v2 without authentication", "2133960100013e030a6300640000000000000000", v2_advert()});
  Advert resign = v2_advert();
  resign.priority = 0;
  all.push_back({"v2 priority 0", "213300010001d4030a6300640000000000000000", resign});
  all.push_back({"v2 password, unicast", "213396010101daa00a6300643131313100000000", password,
                 kSource, kPeer});
  all.push_back({"v3 multicast", "31339601000a43070a630064", v3_advert(), kSource, kGroup,
                 ChecksumForm::kPseudoHeader});
  all.push_back({"v3 unicast", "31339601000a18b50a630064", v3_advert(), kSource, kPeer,
                 ChecksumForm::kPseudoHeader});
  all.push_back({"v3 without pseudo-header", "31339601000a2dfa0a630064", v3_advert(), kSource,
                 kGroup, ChecksumForm::kPlain});
  all.push_back({"v3 unicast with the multicast group summed", "31339601000a43070a630064",
                 v3_advert(), kSource, kPeer, ChecksumForm::kPseudoMulticast});
  Advert v6 = v3_advert();
  v6.interval = 500ms;
  v6.addresses = {ip("fe80::51"), ip("fd00:99::100")};
  all.push_back({"v3 over IPv6",
                 "3133960200323feb"
                 "fe800000000000000000000000000051"
                 "fd000099000000000000000000000100",
                 v6, ip("fe80::20df:60ff:fedb:7c58"), ip("ff02::12"), ChecksumForm::kPseudoHeader});
  return all;
}

DropReason reason_of(std::vector<std::uint8_t> payload) {
  const auto decoded = decode_advert(payload, kSource, kGroup);
  REQUIRE_FALSE(decoded);
  return decoded.error();
}

TEST_CASE("adverts are encoded to the bytes keepalived sends") {
  for (const Golden& golden : golden_packets()) {
    CAPTURE(golden.name);
    CHECK(to_hex(encode_advert(golden.advert, golden.source, golden.destination, golden.form)) ==
          golden.hex);
  }
}

TEST_CASE("adverts of keepalived are decoded, and the form of the checksum is told") {
  for (const Golden& golden : golden_packets()) {
    CAPTURE(golden.name);
    const auto decoded = decode_advert(from_hex(golden.hex), golden.source, golden.destination);
    REQUIRE(decoded);
    CHECK(decoded->advert == golden.advert);
    CHECK(decoded->checksum == golden.form);
  }
}

TEST_CASE("each way to be no advert has its own reason") {
  CHECK(reason_of({}) == DropReason::kTooShort);
  CHECK(reason_of(from_hex("31339601000a43")) == DropReason::kTooShort);
  CHECK(reason_of(from_hex("41339601000a43070a630064")) == DropReason::kVersion);
  CHECK(reason_of(from_hex("11339601000a43070a630064")) == DropReason::kVersion);
  CHECK(reason_of(from_hex("32339601000a43070a630064")) == DropReason::kType);
  CHECK(reason_of(from_hex("31339602000a43070a630064")) == DropReason::kLength);
  CHECK(reason_of(from_hex("31339601000a43070a63006400")) == DropReason::kLength);
  CHECK(reason_of(from_hex("31339601000a43080a630064")) == DropReason::kChecksum);
  CHECK(reason_of(from_hex("2133960100013e040a6300640000000000000000")) == DropReason::kChecksum);
}

TEST_CASE("a version 2 advert without the room for authentication data is too short") {
  CHECK(reason_of(from_hex("2133960100013e030a630064")) == DropReason::kLength);
}

TEST_CASE("version 2 does not exist over IPv6") {
  const auto decoded = decode_advert(from_hex("2133960100013e030a6300640000000000000000"),
                                     ip("fe80::1"), ip("ff02::12"));
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error() == DropReason::kVersion);
}

TEST_CASE("over IPv6 only the pseudo-header checksum counts") {
  Advert advert = v3_advert();
  advert.addresses = {ip("fe80::51")};
  auto bytes = encode_advert(advert, ip("fe80::1"), ip("ff02::12"), ChecksumForm::kPlain);
  CHECK(decode_advert(bytes, ip("fe80::1"), ip("ff02::12")));
  CHECK_FALSE(decode_advert(bytes, ip("fe80::2"), ip("ff02::12")));
}

TEST_CASE("an advert without addresses is ignored") {
  Advert advert = v3_advert();
  advert.addresses.clear();
  CHECK(reason_of(encode_advert(advert, kSource, kGroup)) == DropReason::kNoAddresses);
}

TEST_CASE("authentication types after the password are refused") {
  Advert advert = v2_advert();
  advert.auth_type = static_cast<AuthType>(2);
  CHECK(reason_of(encode_advert(advert, kSource, kGroup)) == DropReason::kAuthType);
}

TEST_CASE("reserved bits of version 3 are ignored") {
  auto bytes = from_hex("31339601f00a00000a630064");
  base::ByteWriter fixed;
  fixed.bytes(bytes);
  // The golden checksum less the reserved bits, in ones' complement.
  fixed.patch_u16(6, 0x5306);
  const auto decoded = decode_advert(fixed.view(), kSource, kGroup);
  REQUIRE(decoded);
  CHECK(decoded->advert.interval == 100ms);
}

TEST_CASE("intervals are cut to what the version can say") {
  struct Case {
    Version version;
    base::Duration given;
    base::Duration sent;
  };
  for (const Case& c : {Case{Version::kV2, 400ms, 1s}, Case{Version::kV2, 2900ms, 2s},
                        Case{Version::kV2, 300s, 255s}, Case{Version::kV3, 1ms, 10ms},
                        Case{Version::kV3, 125ms, 120ms}, Case{Version::kV3, 60s, 40950ms}}) {
    Advert advert = v2_advert();
    advert.version = c.version;
    advert.interval = c.given;
    const auto decoded = decode_advert(encode_advert(advert, kSource, kGroup), kSource, kGroup);
    REQUIRE(decoded);
    CHECK(decoded->advert.interval == c.sent);
  }
}

TEST_CASE("at most 255 addresses are sent") {
  Advert advert = v3_advert();
  advert.addresses.assign(300, ip("10.99.0.100"));
  const auto decoded = decode_advert(encode_advert(advert, kSource, kGroup), kSource, kGroup);
  REQUIRE(decoded);
  CHECK(decoded->advert.addresses.size() == 255);
}

TEST_CASE("passwords are cut to eight bytes and padded with zeros") {
  CHECK(auth_key("1111") == AuthKey{'1', '1', '1', '1', 0, 0, 0, 0});
  CHECK(auth_key("123456789") == AuthKey{'1', '2', '3', '4', '5', '6', '7', '8'});
}

TEST_CASE("the VRID can be seen before decoding") {
  CHECK(peek_vrid(from_hex("3133")) == 51);
  CHECK(peek_vrid(from_hex("31")) == 0);
}

}  // namespace
}  // namespace hapair::vrrp
