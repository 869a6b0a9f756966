#include <doctest/doctest.h>

#include "common/base/text.hpp"

using namespace hapair;

TEST_CASE("concat writes text, characters and numbers") {
  CHECK(base::concat("a", 'b', 3, std::string("d"), -5L) == "ab3d-5");
}

TEST_CASE("parse_unsigned takes digits and nothing else") {
  CHECK(base::parse_unsigned("0").value() == 0);
  CHECK(base::parse_unsigned("18446744073709551615").value() == UINT64_MAX);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616"}) {
    CAPTURE(text);
    CHECK_FALSE(base::parse_unsigned(text));
  }
}

TEST_CASE("nearest_word finds a misspelling and keeps quiet when nothing is near") {
  const std::vector<std::string_view> words{"interval", "timeout", "rise", "fall"};
  CHECK(base::nearest_word("intervall", words).value() == "interval");
  CHECK(base::nearest_word("tiemout", words).value() == "timeout");
  CHECK_FALSE(base::nearest_word("certificate", words));
}

TEST_CASE("printable text has no control characters") {
  CHECK(base::printable("a\r\n\x1b[0m\xff\\") == "a\\x0d\\x0a\\x1b[0m\\xff\\x5c");
  CHECK(base::printable("abcdef", 3) == "abc...");
}

TEST_CASE("split keeps empty parts, trim takes blanks off") {
  CHECK(base::split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(base::trim(" \ta b\t ") == "a b");
  CHECK(base::trim("  ").empty());
}
