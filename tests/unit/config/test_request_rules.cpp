// Rules of the file as the balancer gets them.
#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <variant>

#include "apps/hapair/config/build.hpp"
#include "apps/hapair/config/parse.hpp"
#include "tests/unit/config/data_files.hpp"

using namespace hapair;
using namespace hapair::config;

namespace {

namespace spec = lb::rules;

Model good_rules() {
  const ParsedConfig parsed = parse_config(read_text(kDataRoot / "good" / "rules.json"));
  REQUIRE(parsed.faults.empty());
  return build(parsed.reading.draft, 0, {});
}

template <class Kind>
std::vector<Kind> all_of(const spec::Match& match) {
  std::vector<Kind> found;
  for (const spec::Test& test : match.all) {
    if (const auto* each = std::get_if<Kind>(&test)) found.push_back(*each);
  }
  return found;
}

template <class Kind>
const Kind& ending(const spec::Rule& rule) {
  REQUIRE(std::holds_alternative<Kind>(rule.actions.back()));
  return std::get<Kind>(rule.actions.back());
}

}  // namespace

TEST_CASE("a match becomes tests, and names become the matches that they stand for") {
  const Model model = good_rules();
  const spec::Match& match = model.frontends[0].rules[0].match;
  CHECK(all_of<spec::HostTest>(match).at(0).names ==
        std::vector<std::string>{"a.example", "*.a.example"});
  CHECK(all_of<spec::PathTest>(match).size() == 4);
  CHECK(all_of<spec::ValueTest>(match).size() == 12);
  CHECK(all_of<spec::MethodTest>(match).size() == 2);  // its own, and that of "plain"
  CHECK(all_of<spec::AnyOf>(match).at(0).of.size() == 1);
  CHECK(all_of<spec::Not>(match).at(0).of.at(0).all.size() == 1);
  CHECK(all_of<spec::PortTest>(match).at(0).ports.at(0) == 443);
  CHECK(all_of<spec::TlsTest>(match).size() == 5);
  const spec::TimeTest time = all_of<spec::TimeTest>(match).at(0);
  CHECK(time.days == 0b0000011);
  CHECK(time.from == std::chrono::hours(8));
  CHECK(time.until == std::chrono::hours(24));
  CHECK(all_of<spec::HealthTest>(match).at(0).at_least == 2);
}

TEST_CASE("actions stand in the order in which they are done, the last word at the end") {
  const Model model = good_rules();
  const auto& rules = model.frontends[0].rules;
  CHECK(rules[0].actions.size() == 15);
  CHECK(std::get<spec::EditField>(rules[0].actions[0]).change == spec::FieldChange::kRemove);
  CHECK(ending<spec::UseBackend>(rules[0]).backend == 0);
  CHECK(ending<spec::SetPath>(rules[1]).to.size() == 2);
  CHECK(ending<spec::Redirect>(rules[2]).status == 303);
  CHECK(ending<spec::Redirect>(rules[3]).location.back().what == spec::Variable::kTarget);
  CHECK(ending<spec::Redirect>(rules[4]).location.front().text == "https://");
  CHECK(ending<spec::Deny>(rules[5]).status == 404);
  CHECK(ending<spec::Answer>(rules[6]).body == "<p>\n");
  CHECK(ending<spec::Tarpit>(rules[7]).delay == std::chrono::seconds(5));
  CHECK(std::holds_alternative<spec::SilentDrop>(rules[8].actions.back()));
  CHECK(std::holds_alternative<spec::Accept>(rules[9].actions.back()));
  CHECK(ending<spec::UseServer>(rules[10]).backend == 0);
  CHECK(std::get<spec::SetPriority>(rules[0].actions[11]).priority == -10);
  const auto& tenant = std::get<spec::Capture>(rules[0].actions[12]);
  CHECK(tenant.name == "tenant");
  CHECK(tenant.from.front().what == spec::Variable::kHeader);
  CHECK(tenant.length == 32);
  CHECK(std::get<spec::Capture>(rules[0].actions[13]).response_field == "X-Cache");
}

TEST_CASE("a backend that a rule names is used") {
  const Model model = good_rules();
  CHECK_FALSE(model.frontends[0].default_backend);
  CHECK(model.frontends[0].uses(0));
  CHECK_FALSE(model.frontends[0].uses(1));
  CHECK(model.frontends[2].uses(1));
  CHECK(model.backends[0].rules.size() == 11);
}

TEST_CASE(
    "a frontend in mode tcp has rules, and a server that one names is used through its backend") {
  const Model model = good_rules();
  const Frontend& pass = model.frontends[2];
  REQUIRE(pass.rules.size() == 6);
  CHECK(std::holds_alternative<spec::SilentDrop>(pass.rules[0].actions.back()));
  CHECK(ending<spec::UseServer>(pass.rules[3]).backend == 1);
  CHECK(ending<spec::UseServer>(pass.rules[3]).server == 1);
}

TEST_CASE("servers that are found by name have no place among those that rules may name") {
  const ParsedConfig parsed = parse_config(R"({
    "cluster": { "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" } } },
    "frontends": { "web": { "bind": [{ "address": "*", "port": 80 }],
                            "rules": [{ "use_server": "app/s2" }] } },
    "backends": { "app": { "servers": { "s1": { "address": "web.example:80" },
                                        "s2": { "address": "192.0.2.22:80" } } } } })");
  REQUIRE(parsed.faults.empty());
  const Model model = build(parsed.reading.draft, 0, {});
  CHECK(ending<spec::UseServer>(model.frontends[0].rules[0]).server == 0);
  CHECK(model.frontends[0].uses(0));
}

TEST_CASE("the text of an answer may have 64 KiB, unlike other texts") {
  const auto with_body = [](std::size_t bytes) {
    return parse_config(R"({ "cluster": { "nodes": { "lb1": { "address": "192.0.2.11",
                             "interface": "eth0" } } },
                             "frontends": { "web": { "bind": [{ "address": "*", "port": 80 }],
                             "rules": [{ "answer": { "body": ")" +
                        std::string(bytes, 'x') + R"(" } }] } } })");
  };
  CHECK(with_body(std::size_t{64} * 1024).faults.empty());
  ParsedConfig longer = with_body(std::size_t{64} * 1024 + 1);
  REQUIRE(longer.faults.sorted().size() == 1);
  CHECK(longer.faults.sorted()[0].message == "the text has 65537 bytes; the limit is 65536");
}

TEST_CASE("questions come first in a rule, with lists of users by their place") {
  const ParsedConfig parsed = parse_config(read_text(kDataRoot / "good" / "users.json"));
  REQUIRE(parsed.faults.empty());
  const Model model = build(parsed.reading.draft, 0, {});
  REQUIRE(model.users.size() == 2);
  CHECK(model.users[0].size() == 2);
  CHECK(model.users[0].find("bob") != nullptr);
  CHECK(model.users[1].empty());  // its file is not at hand
  const auto& rules = model.frontends[0].rules;
  const auto& password = std::get<spec::BasicAuth>(rules[0].actions.at(0));
  CHECK(password.users == 0);
  CHECK(password.realm == "staff only");
  CHECK_FALSE(password.pass);
  CHECK(std::holds_alternative<spec::EditField>(rules[0].actions.at(1)));
  const auto& service = std::get<spec::ForwardAuth>(rules[1].actions.at(0));
  CHECK(service.backend == 1);
  CHECK(service.target == "/verify?full");
  CHECK(service.request_fields == std::vector<std::string>{"X-Device"});
  CHECK(service.response_fields == std::vector<std::string>{"X-User", "X-Groups"});
  CHECK(service.timeout == std::chrono::milliseconds(500));
  CHECK(std::get<spec::BasicAuth>(model.backends[0].rules[0].actions.at(0)).users == 1);
}

TEST_CASE(
    "a backend that only an auth service has is used, and a list that nobody asks for is not") {
  ParsedConfig good = parse_config(read_text(kDataRoot / "good" / "users.json"));
  CHECK(good.notices.empty());
  ParsedConfig idle = parse_config(R"({
    "cluster": { "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" } } },
    "users": { "staff": { "file": "/etc/hapair/staff" } } })");
  CHECK(std::ranges::find(idle.notices.sorted(), "no rule and no page asks for this list of users",
                          &Fault::message) != idle.notices.sorted().end());
}
