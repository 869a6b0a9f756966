#include <doctest/doctest.h>

#include <string>

#include "common/http/chars.hpp"

using namespace hapair;

TEST_CASE("the first control character is found at every place, whatever stands before it") {
  for (const char filler : {'a', ' ', '\t', '\x80', '\xff', '~'}) {
    for (std::size_t size = 0; size < 40; ++size) {
      const std::string clean(size, filler);
      REQUIRE(http::find_forbidden_control(clean) == size);
      for (std::size_t at = 0; at < size; ++at) {
        std::string text = clean;
        text[at] = '\r';
        if (at + 1 < size) text[at + 1] = '\n';
        REQUIRE(http::find_forbidden_control(text) == at);
        text[at] = '\x7f';
        REQUIRE(http::find_forbidden_control(text) == at);
      }
    }
  }
}

TEST_CASE("the controls are those below the space, without the tab, and delete") {
  for (int code = 0; code < 256; ++code) {
    const char c = static_cast<char>(code);
    const bool forbidden = (code < 0x20 && c != '\t') || code == 0x7f;
    CAPTURE(code);
    CHECK(http::find_forbidden_control(std::string(8, c)) == (forbidden ? 0 : 8));
    CHECK(http::find_forbidden_control(std::string(1, c)) == (forbidden ? 0 : 1));
  }
}

TEST_CASE("blanks are spaces and tabs") {
  CHECK(http::without_blanks(" \ta b\t ") == "a b");
  CHECK(http::without_blanks("\t ").empty());
  CHECK(http::without_blanks("").empty());
}
