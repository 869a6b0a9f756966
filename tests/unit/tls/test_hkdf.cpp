#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "common/tls/hkdf.hpp"

using namespace hapair;

namespace {

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}

struct Vector {
  std::string_view secret;
  std::string_view salt;
  std::string_view info;
  std::string_view key;
};

}  // namespace

TEST_CASE("HKDF gives the keys of RFC 5869, appendix A") {
  const Vector vectors[] = {
      {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
       "f0f1f2f3f4f5f6f7f8f9",
       "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
      {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2"
       "d"
       "2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
       "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8"
       "d"
       "8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
       "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcd"
       "d"
       "dedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
       "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e5"
       "9"
       "0e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
      {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
       "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
  };
  for (const Vector& vector : vectors) {
    const std::string secret = from_hex(vector.secret);
    const std::string salt = from_hex(vector.salt);
    const std::string info = from_hex(vector.info);
    const std::string wanted = from_hex(vector.key);
    const auto key =
        tls::hkdf_sha256({base::as_bytes(secret), base::as_bytes(salt), info}, wanted.size());
    REQUIRE(key.has_value());
    CHECK(base::as_text(*key) == wanted);
  }
}

TEST_CASE("HKDF refuses lengths that it cannot give and an empty secret") {
  const base::Bytes secret = base::as_bytes("secret");
  CHECK_FALSE(tls::hkdf_sha256({secret, {}, ""}, 0).has_value());
  CHECK(tls::hkdf_sha256({secret, {}, ""}, tls::kMaxHkdfBytes).has_value());
  CHECK_FALSE(tls::hkdf_sha256({secret, {}, ""}, tls::kMaxHkdfBytes + 1).has_value());
  CHECK_FALSE(tls::hkdf_sha256({{}, {}, ""}, 32).has_value());
}
