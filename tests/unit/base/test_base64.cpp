#include "common/base/base64.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>

namespace hapair::base {
namespace {

TEST_CASE("base64 as RFC 4648, section 10 has it") {
  CHECK(to_base64(as_bytes("")) == "");
  CHECK(to_base64(as_bytes("f")) == "Zg==");
  CHECK(to_base64(as_bytes("fo")) == "Zm8=");
  CHECK(to_base64(as_bytes("foo")) == "Zm9v");
  CHECK(to_base64(as_bytes("foob")) == "Zm9vYg==");
  CHECK(to_base64(as_bytes("fooba")) == "Zm9vYmE=");
  CHECK(to_base64(as_bytes("foobar")) == "Zm9vYmFy");
  constexpr std::array<std::uint8_t, 3> kBytes{0xfb, 0xff, 0xbf};
  CHECK(to_base64(kBytes) == "+/+/");
}

TEST_CASE("base64 is read back, and nothing that is not quite it") {
  for (const char* text : {"", "f", "fo", "foo", "foob", "fooba", "foobar", "\xfb\xff\xbf"}) {
    CHECK(from_base64(to_base64(as_bytes(text))) == text);
  }
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm 9",
                           "Zm9-", "Zg==Zg==", "=Zg="}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text).has_value());
  }
}

TEST_CASE("base64 for URLs has other marks and no padding") {
  CHECK(to_base64url(as_bytes("")) == "");
  CHECK(to_base64url(as_bytes("f")) == "Zg");
  CHECK(to_base64url(as_bytes("fo")) == "Zm8");
  CHECK(to_base64url(as_bytes("foo")) == "Zm9v");
  constexpr std::array<std::uint8_t, 3> kBytes{0xfb, 0xff, 0xbf};
  CHECK(to_base64url(kBytes) == "-_-_");
}

}  // namespace
}  // namespace hapair::base
