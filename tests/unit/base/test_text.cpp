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

TEST_CASE("any bytes become a string of JSON") {
  std::string out = "x";
  base::append_json_text(out, "a \"b\" \\ \n\xe9\x7f");
  CHECK(out == R"(x"a \"b\" \\ \u000a\u00e9\u007f")");
}

TEST_CASE("printable text has no control characters") {
  CHECK(base::printable("a\r\n\x1b[0m\xff\\") == "a\\x0d\\x0a\\x1b[0m\\xff\\x5c");
  CHECK(base::printable("abcdef", 3) == "abc...");
}

TEST_CASE("take_part takes one part after the other, empty ones too") {
  std::string_view rest = "a;;b;";
  CHECK(base::take_part(rest, ';') == "a");
  CHECK(base::take_part(rest, ';').empty());
  CHECK(base::take_part(rest, ';') == "b");
  CHECK(rest.empty());
  CHECK(base::take_part(rest, ';').empty());
}

TEST_CASE("split keeps empty parts, trim takes blanks off") {
  CHECK(base::split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(base::trim(" \ta b\t ") == "a b");
  CHECK(base::trim("  ").empty());
}

TEST_CASE("only the case of ASCII letters is ignored, wherever in a text they stand") {
  const auto simple = [](unsigned char x, unsigned char y) {
    const auto lower = [](unsigned char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<unsigned char>(c + 32) : c;
    };
    return lower(x) == lower(y);
  };
  for (const std::size_t size : {std::size_t{3}, std::size_t{8}, std::size_t{19}}) {
    for (std::size_t at = 0; at < size; ++at) {
      for (unsigned x = 0; x < 256; ++x) {
        std::string a(size, '\xff');
        std::string b = a;
        a[at] = static_cast<char>(x);
        for (const unsigned y : {x, x ^ 0x20U, x ^ 0x80U, (x + 1) & 0xffU}) {
          b[at] = static_cast<char>(y);
          const bool wanted = simple(static_cast<unsigned char>(x), static_cast<unsigned char>(y));
          if (base::equals_ignoring_case(a, b) != wanted) FAIL(size << ' ' << at << ' ' << x);
        }
      }
    }
  }
  CHECK_FALSE(base::equals_ignoring_case("abc", "abcd"));
}

TEST_CASE("secrets are the same where each byte is, and their lengths") {
  CHECK(base::same_secret("", ""));
  CHECK(base::same_secret("a\xff", "a\xff"));
  CHECK_FALSE(base::same_secret("a\xff", "a\x7f"));
  CHECK_FALSE(base::same_secret("ba", "aa"));
  CHECK_FALSE(base::same_secret("a", "aa"));
  CHECK_FALSE(base::same_secret("", "a"));
}

TEST_CASE("of UTF-8 only well-formed characters have a length") {
  CHECK(base::utf8_length("ab") == 1);
  CHECK(base::utf8_length("\xc3\xa4x") == 2);
  CHECK(base::utf8_length("\xe2\x82\xac") == 3);
  CHECK(base::utf8_length("\xf4\x8f\xbf\xbf") == 4);
  for (const char* wrong :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    CAPTURE(wrong);
    CHECK(base::utf8_length(wrong) == 0);
  }
}
