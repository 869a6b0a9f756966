// What rules make of connections in mode tcp, and which of them wait for what the client opens TLS
// with.
#include <variant>

#include "liblb/core/rules/rule_list.hpp"
#include "tests/unit/lb_rules/requests.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::rules;
using namespace hapair::lb::rules::test;

namespace {

base::Prefix network(std::string_view text) { return base::Prefix::parse(text).value(); }

/// The rules' word on one connection.
struct Hearing {
  Hearing(std::vector<Rule> from, const ConnectionFacts& client, const World& world = {})
      : list(std::move(from), RegexPatterns()) {
    judge.begin_connection();
    judge.hear(list, client, world);
  }
  [[nodiscard]] const Verdict& verdict() const { return judge.verdict(); }

  RuleList list;
  Judge judge;
};

/// A client that has opened TLS, which is passed on.
ConnectionFacts opened() {
  ConnectionFacts facts = from("192.0.2.1");
  facts.port = 443;
  facts.tls = true;
  facts.server_name = "www.example";
  facts.tls_version = "TLSv1.3";
  facts.protocols = "h2,http/1.1";
  return facts;
}

/// One of which nothing is known but where it comes from and where it goes to.
ConnectionFacts silent() {
  ConnectionFacts facts = from("192.0.2.1");
  facts.port = 443;
  facts.awaits_hello = true;
  return facts;
}

Match not_(Test test) {
  Not none;
  none.of.push_back({{std::move(test)}});
  return {{std::move(none)}};
}

Match any_of(Test one, Test other) {
  AnyOf any;
  any.of.push_back({{std::move(one)}});
  any.of.push_back({{std::move(other)}});
  return {{std::move(any)}};
}

const SourceTest kNear{.networks = {network("192.0.2.0/24")}};
const SourceTest kFar{.networks = {network("198.51.100.0/24")}};
const TlsTest kNamed{.server_names = {"www.example"}};

}  // namespace

TEST_CASE("connections are matched by what is known of them, and wait where that may yet come") {
  enum class Then : std::uint8_t { kMatches, kMisses, kWaits };
  struct Case {
    std::string_view what;
    Match match;
    bool when_opened;
    Then when_silent;
  };
  const Case cases[] = {
      {"all", {}, true, Then::kMatches},
      {"near", {{kNear}}, true, Then::kMatches},
      {"far", {{kFar}}, false, Then::kMisses},
      {"port", {{PortTest{.ports = {443}}}}, true, Then::kMatches},
      {"other port", {{PortTest{.ports = {80}}}}, false, Then::kMisses},
      {"name", {{kNamed}}, true, Then::kWaits},
      {"names below", {{TlsTest{.server_names = {"*.example"}}}}, true, Then::kWaits},
      {"other name", {{TlsTest{.server_names = {"example"}}}}, false, Then::kWaits},
      {"tls", {{TlsTest{.used = true}}}, true, Then::kWaits},
      {"version", {{TlsTest{.versions = {"TLSv1.2"}}}}, false, Then::kWaits},
      {"protocol", {{TlsTest{.protocols = {"http/1.1"}}}}, true, Then::kWaits},
      {"other protocol", {{TlsTest{.protocols = {"h3", "http"}}}}, false, Then::kWaits},
      {"certificate", {{TlsTest{.certificate = true}}}, false, Then::kMisses},
      {"far and name", {{kFar, kNamed}}, false, Then::kMisses},
      {"near and name", {{kNear, kNamed}}, true, Then::kWaits},
      {"not far", not_(kFar), true, Then::kMatches},
      {"not name", not_(kNamed), false, Then::kWaits},
      {"near or name", any_of(kNear, kNamed), true, Then::kMatches},
      {"far or name", any_of(kFar, kNamed), true, Then::kWaits},
      {"health", {{HealthTest{.backend = 0, .at_least = 2}}}, false, Then::kMisses},
      {"time", {{TimeTest{.until = std::chrono::minutes(1)}}}, true, Then::kMatches},
  };
  for (const Case& each : cases) {
    CAPTURE(each.what);
    const std::vector<Rule> rules{{.match = each.match, .actions = {UseBackend{.backend = 1}}}};
    const Hearing known(rules, opened());
    CHECK(known.verdict().backend.has_value() == each.when_opened);
    CHECK_FALSE(known.judge.undecided());
    const Hearing early(rules, silent());
    CHECK(early.judge.undecided() == (each.when_silent == Then::kWaits));
    if (early.judge.undecided()) continue;
    CHECK(early.verdict().backend.has_value() == (each.when_silent == Then::kMatches));
  }
}

TEST_CASE("what a rule decides before one that asks for more is decided at once") {
  const std::vector<Rule> rules{{.match = {{kNear}}, .actions = {SilentDrop{}}},
                                {.match = {{kNamed}}, .actions = {UseBackend{.backend = 1}}}};
  const Hearing near(rules, silent());
  CHECK_FALSE(near.judge.undecided());
  CHECK(near.verdict().kind == Verdict::Kind::kDrop);
  ConnectionFacts far = silent();
  far.client = base::IpAddress::parse("203.0.113.1").value();
  CHECK(Hearing(rules, far).judge.undecided());
}

TEST_CASE("a hearing that was undecided does not weigh on the next one") {
  Hearing hearing({{.match = {{kNamed}}, .actions = {UseBackend{.backend = 1}}}}, silent());
  CHECK(hearing.judge.undecided());
  hearing.judge.begin_connection();
  hearing.judge.hear(hearing.list, opened(), World());
  CHECK_FALSE(hearing.judge.undecided());
  CHECK(hearing.verdict().backend == 1);
}

TEST_CASE("actions for connections") {
  const auto verdict_of = [](std::vector<Action> actions) {
    return Hearing({{.match = {}, .actions = std::move(actions)}}, opened()).verdict();
  };
  CHECK(verdict_of({Deny{}}).kind == Verdict::Kind::kDenied);
  CHECK(verdict_of({SilentDrop{}}).kind == Verdict::Kind::kDrop);
  CHECK(verdict_of({Accept{}}).passes());
  CHECK_FALSE(verdict_of({Accept{}}).backend);
  const Verdict chosen =
      verdict_of({SetPriority{.priority = -10}, UseServer{.backend = 1, .server = 3}});
  CHECK(chosen.passes());
  CHECK(chosen.priority == -10);
  CHECK(chosen.backend == 1);
  CHECK(chosen.server == 3);
  CHECK_FALSE(verdict_of({UseBackend{.backend = 1}}).server);
}

TEST_CASE("of two priorities the last one counts, and an action says where it sends") {
  const Hearing hearing({{.match = {}, .actions = {SetPriority{.priority = 5}}},
                         {.match = {{kFar}}, .actions = {SetPriority{.priority = 6}}},
                         {.match = {{kNear}}, .actions = {SetPriority{.priority = 7}}}},
                        opened());
  CHECK(hearing.verdict().priority == 7);
  CHECK(backend_of(UseServer{.backend = 4, .server = 1}) == 4);
  CHECK(backend_of(UseBackend{.backend = 5}) == 5);
  CHECK_FALSE(backend_of(Accept{}));
}
