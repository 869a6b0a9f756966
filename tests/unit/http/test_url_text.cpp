#include <doctest/doctest.h>

#include <string>

#include "common/http/url_text.hpp"

using namespace hapair::http;

namespace {

std::string normal(std::string_view path) {
  std::string text;
  const auto normal = normal_path(path, text);
  return normal ? std::string(*normal) : "two ways";
}

std::string parameters(std::string_view query) {
  std::string text;
  Parameter parameter;
  while (next_parameter(query, parameter)) {
    text += parameter.name;
    text += ':';
    text += parameter.value;
    text += '|';
  }
  return text;
}

}  // namespace

TEST_CASE("a path that can be written in one way only is left alone, without a copy") {
  std::string text = "untouched";
  for (const char* path : {"/", "/a/b.c/", "/a..b/.well-known2", "/~a-b_c/d,e:f@g", "*"}) {
    CAPTURE(path);
    if (std::string_view(path).find("/.") == std::string_view::npos) {
      CHECK(normal_path(path, text)->data() == path);
      CHECK(text == "untouched");
    }
    CHECK(normal(path) == path);
  }
}

TEST_CASE("all ways to write a path become one") {
  CHECK(normal("/%61dmin") == "/admin");
  CHECK(normal("/%7e%2D%5f%2e") == "/~-_.");
  CHECK(normal("//admin///x") == "/admin/x");
  CHECK(normal("/./admin") == "/admin");
  CHECK(normal("/x/../admin") == "/admin");
  CHECK(normal("/x/%2e%2E/admin") == "/admin");
  CHECK(normal("/../../admin") == "/admin");
  CHECK(normal("/a/b/..") == "/a/");
  CHECK(normal("/a/b/.") == "/a/b/");
  CHECK(normal("/a/b/") == "/a/b/");
  CHECK(normal("/..") == "/");
  CHECK(normal("/a/../..//b") == "/b");
  CHECK(normal("") == "/");
  CHECK(normal("/.well-known/x") == "/.well-known/x");
  CHECK(normal("/...") == "/...");
}

TEST_CASE("what has a meaning of its own stays encoded") {
  CHECK(normal("/a%2fb") == "/a%2Fb");
  CHECK(normal("/a%3fb%23") == "/a%3Fb%23");
  CHECK(normal("/%e2%82%ac") == "/%E2%82%AC");
  CHECK(normal("/%2541") == "/%2541");
}

TEST_CASE("an escape that is none stands for a percent sign") {
  CHECK(normal("/%") == "/%25");
  CHECK(normal("/%4") == "/%254");
  CHECK(normal("/%zz") == "/%25zz");
  CHECK(normal("/%%36%31dmin") == "/%2561dmin");
}

TEST_CASE("a path that servers read in two ways is told") {
  for (const char* path :
       {"/a/..%2fadmin", "/a%2F..", "/a/%2e%2e%5cadmin", "/a%5c.%5c", "/public/..;/admin",
        "/a/..;x=1/admin", "/.;/admin", "/admin%00.css", "/a\\..\\b"}) {
    CAPTURE(path);
    CHECK(normal(path) == "two ways");
  }
  CHECK(normal("/a;x=1/b") == "/a;x=1/b");
  CHECK(normal("/a%2Fb%2F...") == "/a%2Fb%2F...");
}

TEST_CASE("a query's parameters come one by one") {
  CHECK(parameters("a=1&b=2") == "a:1|b:2|");
  CHECK(parameters("a&&b=&=c&d=e=f") == "a:|b:|:c|d:e=f|");
  CHECK(parameters("").empty());
  CHECK(split_query("/a?b?c").query == "b?c");
  CHECK(split_query("/a?").has_query);
  CHECK_FALSE(split_query("/a").has_query);
}

TEST_CASE("encoded text is compared by what it says") {
  CHECK(decodes_to("%61dmin", "admin"));
  CHECK(decodes_to("a+b%20c", "a b c"));
  CHECK(decodes_to("100%", "100%"));
  CHECK_FALSE(decodes_to("admin", "admi"));
  CHECK_FALSE(decodes_to("admi", "admin"));
  CHECK_FALSE(decodes_to("%2561", "a"));
  std::string out;
  append_decoded("a%0d%0Ab+%zz", out);
  CHECK(out == "a\r\nb %zz");
}
