// The trailer that authenticates an advert: what it binds, and what is told apart.
#include <doctest/doctest.h>

#include <algorithm>

#include "libvrrp/core/auth_trailer.hpp"
#include "tests/unit/libvrrp/toy_authenticator.hpp"
#include "tests/unit/libvrrp/wire.hpp"

namespace hapair::vrrp {
namespace {

using test::ip;

const std::vector<std::uint8_t> kMessage = {0x31, 51, 100, 1, 0, 10, 0xab, 0xcd, 10, 0, 0, 100};
const base::IpAddress kFrom = ip("10.0.0.1");
const base::IpAddress kTo = ip("224.0.0.18");

bool verifies(const std::vector<std::uint8_t>& packet, const base::IpAddress& from = kFrom,
              const base::IpAddress& to = kTo, std::uint8_t key = 7) {
  const SplitAdvert split = split_advert(packet);
  return split.trailer &&
         verify_advert(split.message, *split.trailer, from, to, test::ToyAuthenticator(key));
}

TEST_CASE("a signed advert splits into what was signed, and verifies") {
  const auto packet =
      sign_advert(kMessage, kFrom, kTo, 0x0102030405060708, test::ToyAuthenticator(7));
  CHECK(packet.size() == kMessage.size() + kTrailerLength);
  CHECK(test::to_hex(std::vector(packet.begin() + 12, packet.begin() + 24)) ==
        "684101000102030405060708");
  const SplitAdvert split = split_advert(packet);
  CHECK(std::ranges::equal(split.message, kMessage));
  REQUIRE(split.trailer);
  CHECK(split.trailer->sequence == 0x0102030405060708);
  CHECK(verifies(packet));
}

TEST_CASE("any changed bit, other address or other key is noticed") {
  const auto packet = sign_advert(kMessage, kFrom, kTo, 1, test::ToyAuthenticator(7));
  for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
    auto spoilt = packet;
    spoilt[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    CAPTURE(bit);
    CHECK_FALSE(verifies(spoilt));
  }
  CHECK_FALSE(verifies(packet, ip("10.0.0.2")));
  CHECK_FALSE(verifies(packet, kFrom, ip("10.0.0.3")));
  CHECK_FALSE(verifies(packet, kFrom, kTo, 8));
}

TEST_CASE("what has no trailer of ours is left whole") {
  CHECK_FALSE(split_advert(kMessage).trailer);
  CHECK(split_advert({}).message.empty());
  const auto packet = sign_advert(kMessage, kFrom, kTo, 1, test::ToyAuthenticator(7));
  for (std::size_t size = 0; size < packet.size(); ++size) {
    CHECK_FALSE(split_advert(base::Bytes(packet).first(size)).trailer);
  }
}

}  // namespace
}  // namespace hapair::vrrp
