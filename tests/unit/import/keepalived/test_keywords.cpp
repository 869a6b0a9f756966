// The table of keywords: what it says is complete, and the page is made of it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "apps/hapair/import/keywords.hpp"
#include "tests/unit/import/keepalived/examples.hpp"

using namespace hapair::importing;

TEST_CASE("each keyword is there once for each block, with a fate and a text") {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Keyword& each : keepalived::keywords()) {
    CAPTURE(std::string(each.word));
    CHECK(seen.emplace(each.where, each.word).second);
    CHECK_FALSE(each.text.empty());
    CHECK(each.fate >= Fate::kNotNeeded);
    CHECK(each.fate <= Fate::kNotSupported);
  }
}

TEST_CASE("one keyword is explained, with all its places") {
  CHECK(explain_keyword("auth_pass")->contains("auth.password_file"));
  CHECK(explain_keyword("weight")->contains("vrrp_script"));
  CHECK(explain_keyword("virtual_router_ids")
            .error()
            .message.ends_with("did you mean \"virtual_router_id\"?"));
  CHECK(explain_keyword("nothing_like_this_at_all").error().message.contains("docs/import.md"));
}

TEST_CASE("docs/import.md lists the tables as they are") {
  const std::string path = HAPAIR_TEST_ROOT "/../docs/import.md";
  const std::string page = hapair::test::read_text(path);
  const std::string begin =
      "<!-- made of the tables of keywords; HAPAIR_REWRITE=1 makes it anew -->\n";
  const std::size_t at = page.find(begin);
  REQUIRE_NE(at, std::string::npos);
  const std::string made = page.substr(0, at) + begin + "\n" + keyword_tables();
  if (std::getenv("HAPAIR_REWRITE") != nullptr) {
    std::ofstream(path, std::ios::binary) << made;
    return;
  }
  CHECK_EQ(page, made);
}
