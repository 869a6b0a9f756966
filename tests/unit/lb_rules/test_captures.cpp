// What rules capture for the access log.
#include "liblb/core/rules/captures.hpp"

#include "liblb/core/rules/rule_list.hpp"
#include "liblb/core/rules/template.hpp"
#include "tests/unit/lb_rules/requests.hpp"

using namespace hapair;
using namespace hapair::lb::rules;
using namespace hapair::lb::rules::test;

namespace {

Capture of_request(std::string_view name, std::string_view from, std::size_t length = 64) {
  return {.name = std::string(name), .from = parse_template(from).value(), .length = length};
}

Capture of_response(std::string_view name, std::string_view field, std::size_t length = 64) {
  return {.name = std::string(name), .response_field = std::string(field), .length = length};
}

}  // namespace

TEST_CASE("a value is kept by its name, up to its length") {
  const Visit visit("a.example", "/tenant/7");
  const Capture host = of_request("host", "at %{host}");
  const Capture path = of_request("path", "%{path}", 7);
  const Capture gone = of_request("gone", "%{header:X-Gone}");
  Captures captures;
  for (const Capture* each : {&host, &path, &gone}) captures.take(*each, visit.facts);
  CHECK(captures.find("host") == "at a.example");
  CHECK(captures.find("path") == "/tenant");
  CHECK(captures.find("gone").empty());
  CHECK(captures.find("other").empty());
  captures.clear();
  CHECK(captures.find("host").empty());
}

TEST_CASE("of two values by one name the later one counts") {
  const Visit visit("a.example", "/x");
  const Capture first = of_request("what", "first, and longer");
  const Capture second = of_request("what", "second");
  Captures captures;
  captures.take(first, visit.facts);
  captures.take(second, visit.facts);
  CHECK(captures.find("what") == "second");
}

TEST_CASE("of the response the last field of the name is taken, once it is there") {
  const Visit visit("a.example", "/x");
  const Capture cache = of_response("cache", "X-Cache", 4);
  const Capture path = of_request("path", "%{path}");
  Captures captures;
  captures.take(cache, visit.facts);
  captures.take(path, visit.facts);
  CHECK(captures.find("cache").empty());
  http::FieldList fields;
  fields.add({.name = "x-cache", .value = "MISS"});
  fields.add({.name = "X-Cache", .value = "HIT from here"});
  captures.take_response(fields);
  CHECK(captures.find("cache") == "HIT ");
  CHECK(captures.find("path") == "/x");
}

TEST_CASE("no more is kept than there may be names") {
  const Visit visit("a.example", "/x");
  std::vector<Capture> list;
  for (std::size_t i = 0; i <= Captures::kMaxNames; ++i) {
    list.push_back(of_request(base::concat("n", i), base::concat("value ", i)));
  }
  Captures captures;
  for (const Capture& each : list) captures.take(each, visit.facts);
  CHECK(captures.find("n15") == "value 15");
  CHECK(captures.find("n16").empty());
}

TEST_CASE("the names of a list come in its order, each once, those of responses apart") {
  const RuleList list(
      {{.match = {}, .actions = {of_request("b", "1"), of_response("r", "X-R"), Accept{}}},
       {.match = {}, .actions = {of_request("a", "2"), of_request("b", "3")}}},
      lb::RegexPatterns());
  CaptureNames names;
  names.add_from(list);
  names.add_from(list);
  CHECK(names.request == std::vector<std::string>{"b", "a"});
  CHECK(names.response == std::vector<std::string>{"r"});
}
