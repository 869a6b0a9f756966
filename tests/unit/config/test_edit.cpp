#include <doctest/doctest.h>

#include "apps/hapair/config/edit.hpp"

using namespace hapair;
using config::TextEdit;

namespace {

constexpr std::string_view kFile = R"(// The web farm.
{
  "backends": {
    "web": {
      "balance": "roundrobin",  // in turn
      "servers": {
        /* the old one */
        "s1": { "address": "192.0.2.1:80", "weight": 10 },
        // the new one, "s2": {}
        "s2": { "address": "192.0.2.2:80" }  // in rack 2
      }
    },
    "api": { "servers": { "a{1}": { "address": "192.0.2.3:80" } } },
    "none": { "servers": {} }
  }
}
)";

std::string with(std::vector<TextEdit> edits) {
  auto done = config::edited(kFile, edits);
  REQUIRE(done.has_value());
  return *done;
}

std::vector<std::string> server(const char* backend, const char* name) {
  return {"backends", backend, "servers", name};
}

std::string replaced(std::string_view what, std::string_view by) {
  std::string text(kFile);
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("a value is replaced, and all else stays") {
  CHECK(with({{.path = {"backends", "web", "servers", "s1", "weight"}, .value = "30"}}) ==
        replaced("\"weight\": 10", "\"weight\": 30"));
  CHECK(with({}) == kFile);
}

TEST_CASE("a member is added behind the others, in their layout") {
  CHECK(with({{.path = {"backends", "web", "servers", "s2", "weight"}, .value = "0"}}) ==
        replaced("\"192.0.2.2:80\" }", "\"192.0.2.2:80\", \"weight\": 0 }"));
  CHECK(with({{.path = server("web", "s3"), .value = R"({ "address": "192.0.2.9:80" })"}}) ==
        replaced("  // in rack 2\n",
                 ",  // in rack 2\n        \"s3\": { \"address\": \"192.0.2.9:80\" }\n"));
  CHECK(with({{.path = server("none", "n"), .value = "1"}}) ==
        replaced("\"servers\": {} }", "\"servers\": { \"n\": 1 } }"));
}

TEST_CASE("a member goes with its line, and no comma is left over") {
  CHECK(with({{.path = server("web", "s1"), .value = {}}}) ==
        replaced("        \"s1\": { \"address\": \"192.0.2.1:80\", \"weight\": 10 },\n", ""));
  std::string last = replaced("\"weight\": 10 },", "\"weight\": 10 }");
  const std::string_view line = "        \"s2\": { \"address\": \"192.0.2.2:80\" }  // in rack 2\n";
  last.erase(last.find(line), line.size());
  CHECK(with({{.path = server("web", "s2"), .value = {}}}) == last);
  CHECK(with({{.path = server("api", "a{1}"), .value = {}}}) ==
        replaced("\"a{1}\": { \"address\": \"192.0.2.3:80\" } ", ""));
  CHECK(with({{.path = server("web", "s9"), .value = {}}}) == kFile);
}

TEST_CASE("of an object that is there, members are replaced alone") {
  const std::string value = R"({ "address": "192.0.2.9:80", "weight": 3 })";
  std::string changed = replaced("192.0.2.1:80", "192.0.2.9:80");
  changed.replace(changed.find("\"weight\": 10"), 12, "\"weight\": 3");
  CHECK(with({{.path = server("web", "s1"), .value = value, .into = true}}) == changed);
  CHECK(with({{.path = server("web", "s2"), .value = value, .into = true}}) ==
        replaced("\"192.0.2.2:80\" }", "\"192.0.2.9:80\", \"weight\": 3 }"));
  CHECK(with({{.path = server("none", "n"), .value = value, .into = true}}) ==
        replaced("\"servers\": {} }", "\"servers\": { \"n\": " + value + " } }"));
  CHECK(with({{.path = {"backends", "web", "balance"}, .value = value, .into = true}}) ==
        replaced("\"roundrobin\"", value));
}

TEST_CASE("edits follow each other") {
  const std::string both = with({{.path = server("web", "s1"), .value = {}},
                                 {.path = server("web", "s2"), .value = {}},
                                 {.path = server("web", "s3"), .value = "{}"}});
  CHECK(both.find("\"s1\"") == std::string::npos);
  CHECK(both.find("\"s3\": {}") != std::string::npos);
  CHECK(both.find("/* the old one */") != std::string::npos);
}

TEST_CASE("what leads nowhere is said") {
  const auto why = [](std::vector<std::string> path) {
    const std::vector<TextEdit> edits{{.path = std::move(path), .value = "1"}};
    const auto done = config::edited(kFile, edits);
    return done ? std::string("done") : done.error().message;
  };
  CHECK(why({"backends", "gone", "servers", "s1"}) == "backends.gone is not in the file");
  CHECK(why({"backends", "web", "balance", "x"}) == "backends.web.balance is no object");
}

TEST_CASE("texts that are no files are got through") {
  const std::vector<TextEdit> edits{{.path = {"a", "b"}, .value = "1"}};
  for (const char* text : {"", "{", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":{", "{\"a\":{\"b\":[",
                           "/*", "//", "{\"a\":{\"b\":\"\\", "[[[", "{]", "{\"a\":}"}) {
    CAPTURE(text);
    (void)config::edited(text, edits);
  }
}
