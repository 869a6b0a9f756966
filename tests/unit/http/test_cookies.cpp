#include <doctest/doctest.h>

#include <string>

#include "common/http/cookies.hpp"
#include "tests/fuzz/replay.hpp"
#include "tests/fuzz/url_text_body.hpp"

using namespace hapair;
using namespace hapair::http;

namespace {

/// All cookies of one field, as "name=value|".
std::string listed(std::string_view field) {
  std::string text;
  Cookie cookie;
  while (next_cookie(field, cookie)) {
    text += cookie.name;
    text += '=';
    text += cookie.value;
    text += '|';
  }
  return text;
}

FieldList fields_of(std::initializer_list<std::string_view> cookies) {
  FieldList fields;
  fields.add({.name = "Host", .value = "a=b", .id = FieldId::kHost});
  for (const std::string_view value : cookies) fields.add({.name = "cOOkie", .value = value});
  return fields;
}

}  // namespace

TEST_CASE("cookies are told apart, whatever blanks are around them") {
  CHECK(listed("a=1; b=2") == "a=1|b=2|");
  CHECK(listed(" a =1;b= 2 ;;\t; c==3=") == "a=1|b=2|c==3=|");
  CHECK(listed("a=\"x y\"") == "a=\"x y\"|");
  CHECK(listed("=v") == "=v|");
}

TEST_CASE("what has no equals sign is no cookie") {
  CHECK(listed("flag; a=1; other") == "a=1|");
  CHECK(listed("").empty());
  CHECK(listed(";;;").empty());
}

TEST_CASE("the first cookie of a name counts, in all fields, and case tells names apart") {
  const FieldList fields = fields_of({"x=1; sid=first", "sid=second; SID=third"});
  CHECK(find_cookie(fields, "sid") == "first");
  CHECK(find_cookie(fields, "SID") == "third");
  CHECK(find_cookie(fields, "si") == std::nullopt);
  CHECK(find_cookie(fields, "a") == std::nullopt);
  CHECK(find_cookie(fields_of({"e="}), "e") == "");
}

TEST_CASE("the corpus of cookies, queries and paths keeps the invariants") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/url_text", fuzz::fuzz_url_text) > 20);
}
