// What rules and limits take from files, over HTTP/1.1 and HTTP/2, plain and under TLS: maps and
// answers that change while requests are under way, and error pages.
#include <memory>
#include <utility>
#include <vector>

#include "liblb/core/error_pages.hpp"
#include "liblb/core/request_policy.hpp"
#include "liblb/core/rules/rule_list.hpp"
#include "liblb/core/rules/shelf.hpp"
#include "liblb/core/rules/template.hpp"
#include "liblb/io/regex_pattern.hpp"
#include "tests/unit/liblb/contract_client.hpp"
#include "tests/unit/liblb/rule_fixture.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::rules;
using namespace hapair::lb::test;

using std::chrono::seconds;

namespace {

TemplatePart in_map(std::string_view key) {
  TemplatePart part = parse_map_key(key).value();
  part.map = MapName{.name = "paths", .place = 0};
  return part;
}

/// A map that sends paths to backends: 0 "first", 1 "second".
Map paths(std::string_view text) {
  return Map::parse({.kind = MapKind::kPrefix,
                     .valued = true,
                     .backends = std::vector<std::string>{"first", "second"}},
                    text)
      .value();
}

FrontendSettings with_pages(const std::vector<int>& statuses) {
  RequestPolicySettings policy;
  for (const int status : statuses) {
    policy.error_pages.add(status, {.content_type = "text/plain", .body = "the frontend's\n"});
  }
  FrontendSettings settings;
  settings.policy = std::make_shared<const RequestPolicy>(std::move(policy));
  return settings;
}

BackendSettings with_page(int status) {
  ErrorPages pages;
  pages.add(status, {.content_type = "text/plain", .body = "the backend's\n"});
  BackendSettings settings;
  settings.error_pages = std::make_shared<const ErrorPages>(std::move(pages));
  return settings;
}

}  // namespace

CONTRACT("a map that changes while a request is under way sends the next one elsewhere") {
  ContractFixture<Client> f;
  FakeServer second;
  BackendSettings settings{.name = "second"};
  settings.servers.push_back({.name = "s1", .endpoint = second.endpoint()});
  (void)f.engine.add_backend(std::move(settings));
  f.engine.use_rules(0, always({UseMapped{.in = in_map("path"), .choices = {0, 1}}}));
  f.engine.shelf().put_map(0, paths("/ first\n"));
  const auto server = f.ask({.path = "/x"});
  f.engine.shelf().put_map(0, paths("/ second\n"));
  server->send(kHello);
  CHECK(f.answer().body == "hello");
  f.client->ask({.path = "/x"});
  const auto other = accept_in(f, second);
  CHECK(f.receive_until(*other, kHeadEnd).starts_with("GET /x HTTP/1.1\r\n"));
  other->send(kHello);
  CHECK(f.answer().body == "hello");
}

CONTRACT("an answer goes out whole, and the next one is what the file holds then") {
  ContractFixture<Client> f;
  f.engine.use_rules(0, always({rules::Answer{.status = 200, .type = "text/html", .file = 0}}));
  const std::string large(60'000, 'a');
  f.engine.shelf().put_body(0, large);
  f.client->ask({});
  CHECK(f.run_until([&] { return !f.client->answer().statuses.empty(); }));
  f.engine.shelf().put_body(0, "<p>new");
  CHECK(f.answer().body == large);
  f.client->ask({});
  CHECK(f.answer().body == "<p>new");
  CHECK(f.answer().field("content-type") == "text/html");
  f.client->ask({.method = "HEAD"});
  CHECK(f.answer().field("content-length") == "6");
  CHECK(f.answer().body.empty());
}

CONTRACT("what a frontend's rules refuse has its page, at once and late") {
  ContractFixture<Client> f(1, with_pages({403, 500}), with_page(403));
  SUBCASE("denied") {
    f.engine.use_rules(0, always({Deny{.status = 403}}));
    f.client->ask({});
    CHECK(f.answer().status() == "403");
  }
  SUBCASE("held up") {
    f.engine.use_rules(0, always({Tarpit{.delay = seconds(7), .status = 500}}));
    f.client->ask({});
    f.let_pass(seconds(8));
    CHECK(f.answer().status() == "500");
  }
  CHECK(f.answer().field("content-type") == "text/plain");
  CHECK(f.answer().body == "the frontend's\n");
}

CONTRACT("what a backend's rules refuse has the backend's page, else the frontend's") {
  ContractFixture<Client> f(1, with_pages({401, 403}), with_page(403));
  f.engine.use_rules(0, always({Accept{}}));
  SUBCASE("its own") {
    f.engine.use_backend_rules(0, always({Deny{.status = 403}}));
    f.client->ask({});
    CHECK(f.answer().body == "the backend's\n");
  }
  SUBCASE("the frontend's") {
    f.engine.use_backend_rules(0, always({Deny{.status = 401}}));
    f.client->ask({});
    CHECK(f.answer().body == "the frontend's\n");
  }
}

CONTRACT("a request too many has the page of whose limit it is, and says when to come again") {
  const RateLimitSettings one{.limit = 1, .per = seconds(10)};
  FrontendSettings frontend = with_pages({429});
  BackendSettings backend = with_page(429);
  std::string_view page;
  SUBCASE("the frontend's") {
    frontend.rate_limits = {one};
    page = "the frontend's\n";
  }
  SUBCASE("the backend's") {
    backend.rate_limits = {one};
    page = "the backend's\n";
  }
  ContractFixture<Client> f(1, std::move(frontend), std::move(backend));
  f.ask({})->send(kHello);
  CHECK(f.answer().status() == "200");
  f.client->ask({});
  CHECK(f.answer().status() == "429");
  CHECK(f.answer().body == page);
  CHECK_FALSE(f.answer().field("retry-after").empty());
}
