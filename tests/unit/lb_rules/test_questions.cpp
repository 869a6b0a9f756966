// Rules that must find something out: where the request waits, and how it goes on.
#include "liblb/core/rules/template.hpp"
#include "tests/unit/lb_rules/requests.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::rules;
using namespace hapair::lb::rules::test;

namespace {

using Kind = Verdict::Kind;

EditField set(std::string_view name) {
  return {.name = std::string(name), .value = parse_template("1").value()};
}

Rule always(std::vector<Action> actions) { return {.match = {}, .actions = std::move(actions)}; }

/// A frontend's list and its backend's, and one request that hears them.
struct Hall {
  Hall(std::vector<Rule> frontend, std::vector<Rule> backend)
      : first(std::move(frontend), RegexPatterns()), second(std::move(backend), RegexPatterns()) {
    judge.begin(request->head);
  }
  Kind hear() {
    judge.hear(first, client, world);
    judge.hear(second, client, world);
    return judge.verdict().kind;
  }
  Kind go_on() {
    judge.admit();
    return hear();
  }
  std::string names() {
    REQUIRE(judge.apply(request->head, request->text.size()));
    std::string out;
    for (const http::Field& field : request->head.fields) out += base::concat(field.name, ' ');
    return out;
  }

  World world;
  ConnectionFacts client = from("192.0.2.1");
  std::unique_ptr<Request> request = get("a", "/x");
  RuleList first;
  RuleList second;
  Judge judge;
};

}  // namespace

TEST_CASE("a request waits at the action that asks, and goes on behind it") {
  Hall court({always({set("X-1"), BasicAuth{.users = 3}, set("X-2")}), always({set("X-3")})},
             {always({set("X-4")})});
  REQUIRE(court.hear() == Kind::kOpen);
  CHECK_FALSE(court.judge.verdict().passes());
  const auto* const asked = std::get<const BasicAuth*>(court.judge.verdict().question);
  CHECK(asked->users == 3);
  REQUIRE(court.go_on() == Kind::kPass);
  CHECK(court.names() == "Host X-1 X-2 X-3 X-4 ");
}

TEST_CASE("nothing is done twice, wherever the questions stand") {
  Hall court({always({set("X-1"), BasicAuth{}, ForwardAuth{.backend = 1}, set("X-2")}),
              always({UseBackend{.backend = 1}}), always({set("X-Never")})},
             {always({set("X-3")}), always({BasicAuth{.users = 1}}), always({set("X-4")})});
  REQUIRE(court.hear() == Kind::kOpen);
  REQUIRE(court.go_on() == Kind::kOpen);
  CHECK(std::holds_alternative<const ForwardAuth*>(court.judge.verdict().question));
  REQUIRE(court.go_on() == Kind::kOpen);
  CHECK(std::get<const BasicAuth*>(court.judge.verdict().question)->users == 1);
  REQUIRE(court.go_on() == Kind::kPass);
  CHECK(court.judge.verdict().backend == 1);
  CHECK(court.names() == "Host X-1 X-2 X-3 X-4 ");
}

TEST_CASE("rules before the question count once, found by the index or looked at in turn") {
  Rule named = always({set("X-1"), BasicAuth{}});
  named.match.all = {{PathTest{.how = Compare::kPrefix, .texts = {"/"}}}};
  Hall court({named, always({set("X-2")}), named}, {});
  REQUIRE(court.hear() == Kind::kOpen);
  REQUIRE(court.go_on() == Kind::kOpen);
  REQUIRE(court.go_on() == Kind::kPass);
  CHECK(court.names() == "Host X-2 X-1 ");
}

TEST_CASE("a rule that has asked is not asked again whether it matches") {
  Rule healthy = always({BasicAuth{}, set("X-1")});
  healthy.match.all = {HealthTest{.backend = 0}};
  Hall court({healthy}, {});
  REQUIRE(court.hear() == Kind::kOpen);
  court.world.usable = {0, 0};
  REQUIRE(court.go_on() == Kind::kPass);
  CHECK(court.names() == "Host X-1 ");
}

TEST_CASE("a refusal is the last word, with the words of whoever was asked") {
  Hall court({always({ForwardAuth{}}), always({set("X-Never")})}, {always({Deny{}})});
  REQUIRE(court.hear() == Kind::kOpen);
  court.judge.refuse({.status = 401,
                      .fields = {{"WWW-Authenticate", "Basic realm=\"r\""}},
                      .type = "text/plain",
                      .body = "who?"});
  CHECK(court.hear() == Kind::kDenied);
  const std::string text = render(court.judge.verdict(), {});
  CHECK(text.starts_with("HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\n"));
  CHECK(text.find("\r\nWWW-Authenticate: Basic realm=\"r\"\r\n") != std::string::npos);
  CHECK(text.ends_with("\r\n\r\nwho?"));
}

TEST_CASE("a refusal without words gets a page, but for a redirect") {
  Hall court({always({ForwardAuth{}})}, {});
  REQUIRE(court.hear() == Kind::kOpen);
  court.judge.refuse({.status = 403});
  CHECK(render(court.judge.verdict(), {}).ends_with("</html>\n"));
  court.judge.refuse({.status = 302, .fields = {{"Location", "/login"}}});
  const std::string text = render(court.judge.verdict(), {});
  CHECK(text.find("\r\nLocation: /login\r\n") != std::string::npos);
  CHECK(text.ends_with("\r\n\r\n"));
}

TEST_CASE("the next request of a judge knows nothing of the last one's answers") {
  Hall court({always({BasicAuth{}})}, {});
  REQUIRE(court.hear() == Kind::kOpen);
  court.judge.set_user("alice");
  court.judge.refuse({.status = 403});
  court.judge.begin(court.request->head);
  CHECK(court.judge.user().empty());
  CHECK(court.hear() == Kind::kOpen);
  CHECK_FALSE(court.judge.verdict().refusal.has_value());
}
