#include <doctest/doctest.h>

#include <string>

#include "common/text/regex.hpp"

using hapair::text::Regex;

namespace {

std::string found(std::string_view expression, std::string_view text) {
  const auto regex = Regex::compile(expression);
  REQUIRE(regex);
  const auto match = regex->find(text);
  return match ? std::string(text.substr(match->begin, match->end - match->begin)) : "nothing";
}

}  // namespace

TEST_CASE("the first match is found, bytes of any value are matched") {
  CHECK(found("b+", "aabbcbbb") == "bb");
  CHECK(found("x", "aabb") == "nothing");
  CHECK(found("\\xff\\x00", std::string_view("a\xff\0b", 4)) == std::string("\xff\0", 2));
  CHECK(found("", "") == "");
}

TEST_CASE("lines begin and end at LF, CR and CR LF") {
  CHECK(found("^READY$", "booting\r\nREADY\r\n") == "READY");
  CHECK(found("^READY$", "booting\nREADY") == "READY");
  CHECK(found("^READY$", "NOT READY\r\n") == "nothing");
  CHECK(found("a.b", "a\nb") == "nothing");
}

TEST_CASE("an expression that is none fails with where and why") {
  const auto regex = Regex::compile("a(b");
  REQUIRE_FALSE(regex);
  CHECK(regex.error().message.starts_with("'a(b' is no regular expression: "));
  CHECK(regex.error().message.ends_with("at byte 3"));
}

TEST_CASE("a match whose cost would explode is no match") {
  CHECK(found("^(a+)+$", std::string(64, 'a') + "!") == "nothing");
  CHECK(found("(?:a|b)*c", std::string(16'384, 'a')) == "nothing");
}
