#include "common/http/accept_encoding.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

using namespace hapair;

namespace {

std::string chosen(const char* value) {
  constexpr std::array kOffered = {http::ContentCoding::kGzip, http::ContentCoding::kDeflate};
  http::AcceptedCodings accepted;
  accepted.add(value);
  return std::string(http::to_text(accepted.choose(kOffered)));
}

}  // namespace

TEST_CASE("the client's weights choose, ours where it likes two alike") {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"gzip", "gzip"},
      {"GZip", "gzip"},
      {"x-gzip", "gzip"},
      {"deflate", "deflate"},
      {"deflate, gzip", "gzip"},
      {"gzip;q=0.5, deflate;q=0.6", "deflate"},
      {"gzip ; q=0.5 , deflate;Q=0.4", "gzip"},
      {"br", "identity"},
      {"br, gzip;q=0.001", "gzip"},
      {"", "identity"},
      {"gzip;q=0", "identity"},
      {"gzip;q=0.000, deflate;q=0", "identity"},
      {"*", "gzip"},
      {"*;q=0.5", "gzip"},
      {"*;q=0", "identity"},
      {"gzip;q=0, *", "deflate"},
      {"identity, gzip;q=0.5", "identity"},
      {"identity;q=0.5, gzip;q=0.5", "gzip"},
      {"identity;q=0", "identity"},
      {"identity;q=0, gzip;q=0.1", "gzip"},
      {"gzip;q=1.000", "gzip"},
      // What is malformed counts for nothing.
      {"gzip;q=1.001", "identity"},
      {"gzip;q=2", "identity"},
      {"gzip;q=", "identity"},
      {"gzip;", "identity"},
      {"gzip;q=0.1234", "identity"},
      {"gzip;q=-1", "identity"},
      {"gzip;q=1;q=0", "identity"},
      {"gzip;level=1", "identity"},
      {"gzip deflate", "identity"},
      {"gzip;q=x, deflate", "deflate"},
      {",,gzip,,", "gzip"},
  };
  for (const auto& [value, expected] : cases) {
    CAPTURE(value);
    CHECK(chosen(value) == expected);
  }
}

TEST_CASE("a weight is a number from 0 to 1 with at most three digits behind the point") {
  CHECK(http::parse_weight("0") == 0);
  CHECK(http::parse_weight("0.") == 0);
  CHECK(http::parse_weight("0.5") == 500);
  CHECK(http::parse_weight("0.05") == 50);
  CHECK(http::parse_weight("0.123") == 123);
  CHECK(http::parse_weight("1.0") == 1000);
  for (const char* bad : {"", "2", "01", ".5", "1.1", "0.1234", "0,5", "0.5 ", " 0.5", "0x1"}) {
    CAPTURE(bad);
    CHECK_FALSE(http::parse_weight(bad));
  }
}

TEST_CASE("several fields are one list") {
  http::AcceptedCodings accepted;
  accepted.add("br");
  accepted.add("gzip;q=0.5");
  constexpr std::array kOffered = {http::ContentCoding::kGzip};
  CHECK(accepted.choose(kOffered) == http::ContentCoding::kGzip);
}
