#include "common/http/forwarded.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace hapair;

namespace {

base::IpAddress address(const char* text) { return base::IpAddress::parse(text).value(); }

std::string parsed(std::string_view entry) {
  const auto found = http::parse_forwarded_for(entry);
  return found ? found->to_string() : "none";
}

}  // namespace

TEST_CASE("Forwarded quotes what is no token: IPv6, hosts with a port") {
  CHECK(http::to_string({.from = address("192.0.2.43"),
                         .by = address("198.51.100.17"),
                         .host = "example.org",
                         .proto = "https"}) ==
        "for=192.0.2.43;by=198.51.100.17;host=example.org;proto=https");
  CHECK(http::to_string({.from = address("2001:db8:cafe::17"), .host = "a:8080"}) ==
        "for=\"[2001:db8:cafe::17]\";host=\"a:8080\"");
  CHECK(http::to_string({.host = "[2001:db8::1]:80"}) == "host=\"[2001:db8::1]:80\"");
  CHECK(http::to_string({.host = "a\"b\\c"}) == "host=\"a\\\"b\\\\c\"");
  CHECK(http::to_string({}).empty());
}

TEST_CASE("an entry of X-Forwarded-For is an address, with or without a port") {
  const std::vector<std::pair<const char*, const char*>> entries = {
      {"192.0.2.1", "192.0.2.1"},
      {" 192.0.2.1\t", "192.0.2.1"},
      {"192.0.2.1:4711", "192.0.2.1"},
      {"2001:db8::1", "2001:db8::1"},
      {"[2001:db8::1]", "2001:db8::1"},
      {"[2001:db8::1]:4711", "2001:db8::1"},
      {"\"[2001:db8::1]\"", "2001:db8::1"},
      {"[192.0.2.1]", "none"},
      {"[2001:db8::1", "none"},
      {"[2001:db8::1]4711", "none"},
      {"unknown", "none"},
      {"_hidden", "none"},
      {"192.0.2", "none"},
      {"", "none"},
      {"\"", "none"},
      {":", "none"},
  };
  for (const auto& [entry, expected] : entries) {
    CAPTURE(entry);
    CHECK(parsed(entry) == expected);
  }
}

TEST_CASE("the last element of a list is the nearest") {
  std::string_view list = "a, b ,,c";
  std::vector<std::string> elements;
  std::string_view element;
  while (http::take_last_element(list, element)) elements.emplace_back(element);
  CHECK(elements == std::vector<std::string>{"c", "", "b", "a"});
}
