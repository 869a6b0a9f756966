// HMAC-SHA256 against RFC 4231, section 4.
#include <doctest/doctest.h>

#include <string>

#include "common/tls/hmac.hpp"

namespace hapair::tls {
namespace {

std::string hex(const HmacSha256& tag) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : tag) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xf];
  }
  return out;
}

TEST_CASE("HMAC-SHA256 gives the tags of RFC 4231") {
  const std::vector<std::uint8_t> key(20, 0x0b);
  CHECK(hex(hmac_sha256(key, base::as_bytes("Hi There"))) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hex(hmac_sha256(base::as_bytes("Jefe"), base::as_bytes("what do ya want for nothing?"))) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("an empty message has a tag too") {
  CHECK(hmac_sha256(base::as_bytes("key"), {}) != HmacSha256{});
}

}  // namespace
}  // namespace hapair::tls
