#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "apps/hapair/web/json_text.hpp"

using hapair::web::append_json;

namespace {

std::string json_of(std::string_view text) {
  std::string out;
  append_json(out, text);
  return out;
}

}  // namespace

TEST_CASE("text is JSON whatever it holds, and can stand within HTML") {
  CHECK(json_of("a\"b\\c") == R"("a\u0022b\u005cc")");
  CHECK(json_of("</script>") == R"("\u003c/script>")");
  CHECK(json_of("\n\x7f") == R"("\u000a\u007f")");
  CHECK(json_of("Zürich €") == "\"Zürich €\"");
  for (const char* broken :
       {"\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xc0\xaf", "\xf5\x80\x80\x80"}) {
    CAPTURE(broken);
    const auto parsed = nlohmann::json::parse(json_of(broken), nullptr, false);
    CHECK(parsed.is_string());
    CHECK(parsed.get<std::string>().find("\xef\xbf\xbd") != std::string::npos);
  }
}

TEST_CASE("members are set apart by commas") {
  std::string out = "{";
  hapair::web::append_member(out, "a", "1");
  hapair::web::append_raw_member(out, "b", "2");
  CHECK(out + "}" == R"({"a":"1","b":2})");
}
