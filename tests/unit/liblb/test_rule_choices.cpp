// What rules choose beside the backend, over HTTP/1.1 and HTTP/2, plain and under TLS: the server,
// the place in the queue, and what stands in the access line.
#include <chrono>

#include "tests/unit/liblb/rule_fixture.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::rules;
using namespace hapair::lb::test;

namespace {

/// What the access lines say once there are so many.
template <class Client>
std::string line_of(RuleFixture<Client>& f, std::size_t count) {
  CHECK(f.run_until([&] { return f.access.lines.size() == count; }));
  return f.access.lines.empty() ? std::string() : f.access.lines.back();
}

Capture of_request(std::string_view name, std::string_view from, std::size_t length = 64) {
  return {.name = std::string(name), .from = say(from), .length = length};
}

constexpr std::string_view kCached =
    "HTTP/1.1 200 OK\r\nX-Cache: HIT\r\nContent-Length: 5\r\n\r\nhello";

std::vector<Rule> capturing() {
  return {{.match = {},
           .actions = {of_request("tenant", "%{header:x-tenant}", 4),
                       Capture{.name = "cache", .response_field = "X-Cache"}}},
          on_prefix("/no/", {of_request("why", "path %{path}"), Deny{}})};
}

}  // namespace

CONTRACT("a rule names the server, and while that one is down the backend chooses") {
  RuleFixture<Client> f(always({UseServer{.backend = 0, .server = 1}}), 2);
  f.client->ask({});
  auto server = accept_in(f, f.servers[1]);
  (void)f.receive_until(*server, kHeadEnd);
  server->send(kHello);
  CHECK(f.answer().body == "hello");
  CHECK(line_of(f, 1).find(" pool/s2 ") != std::string::npos);
  f.engine.set_server_health(0, 1, {.standing = Standing::kDown});
  f.client->ask({});
  server = accept_in(f, f.servers[0]);
  (void)f.receive_until(*server, kHeadEnd);
  server->send(kHello);
  CHECK(f.answer().body == "hello");
  CHECK(line_of(f, 2).find(" pool/s1 ") != std::string::npos);
}

CONTRACT("a backend's own rule names one of its servers") {
  RuleFixture<Client> f(list_of({}), 2);
  f.engine.use_backend_rules(0, list_of({on_prefix("/own", {UseServer{.server = 1}})}));
  f.client->ask({.path = "/own"});
  const auto server = accept_in(f, f.servers[1]);
  (void)f.receive_until(*server, kHeadEnd);
  server->send(kHello);
  CHECK(f.answer().body == "hello");
}

CONTRACT("a request of a lower priority goes before those that wait longer") {
  Fixture f;
  FakeServer fake;
  (void)f.add_backend({fake.endpoint()}, {.reuse = ReuseMode::kAlways}, {.max_connections = 1});
  const base::Endpoint front = f.add_frontend({.backend = 0}, {}, {}, Client::kProtocols);
  f.engine.use_rules(0, list_of({on_prefix("/urgent", {SetPriority{.priority = -10}}),
                                 on_prefix("/idle", {SetPriority{.priority = 10}})}));
  Client first(f, front);
  Client idle(f, front);
  Client usual(f, front);
  Client urgent(f, front);
  const auto ask = [&](Client& client, std::string_view path, std::uint64_t waiting) {
    client.ask({.path = std::string(path)});
    CHECK(f.run_until([&] {
      client.turn();
      const StatsSnapshot stats = f.engine.stats();
      return row_of(stats, "BACKEND").scur == waiting + 1 &&
             row_of(stats, "BACKEND").qcur == waiting;
    }));
  };
  ask(first, "/first", 0);
  ask(idle, "/idle", 1);
  ask(usual, "/usual", 2);
  ask(urgent, "/urgent", 3);
  const auto server = f.accept(fake);
  for (const char* next : {"GET /first ", "GET /urgent ", "GET /usual ", "GET /idle "}) {
    CHECK(f.receive_until(*server, kHeadEnd).starts_with(next));
    server->send(kHello);
  }
}

CONTRACT("what rules capture stands in the braces behind the captured fields") {
  RuleFixture<Client> f(list_of(capturing()), 1, {.capture_request = {"x-a"}});
  auto server = f.ask({.fields = {{"x-a", "1"}, {"x-tenant", "acme corp"}}});
  server->send(kCached);
  CHECK(f.answer().body == "hello");
  CHECK(line_of(f, 1).find(" {1|acme|} {HIT} \"GET ") != std::string::npos);
  // Of the request before nothing is left, and one that is answered here has its captures too.
  f.client->ask({.path = "/no/x"});
  CHECK(f.answer().status() == "403");
  CHECK(line_of(f, 2).find(" {||path /no/x} {} \"GET ") != std::string::npos);
}

CONTRACT("in JSON they are an object, by their names") {
  RuleFixture<Client> f(list_of(capturing()), 1, {.access_format = AccessFormat::kJson});
  auto server = f.ask({.fields = {{"x-tenant", "a\"b"}}});
  server->send(kCached);
  CHECK(f.answer().body == "hello");
  CHECK(line_of(f, 1).ends_with(R"("captures":{"tenant":"a\"b","why":"","cache":"HIT"}})"));
}

CONTRACT("rules that capture nothing leave the line as it was") {
  RuleFixture<Client> f(always({SetPriority{.priority = 1}}));
  const auto server = f.ask({});
  server->send(kHello);
  CHECK(f.answer().body == "hello");
  CHECK(line_of(f, 1).find(" 0/0 \"GET ") != std::string::npos);
}

TEST_CASE("a request that is not understood has nothing of the one before it") {
  HttpFixture f;
  f.engine.use_rules(0, list_of(capturing()));
  const auto client = f.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\nX-Tenant: acme\r\n\r\n");
  const auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  f.answer(*server, *client);
  CHECK(f.run_until([&] { return f.access.lines.size() == 1; }));
  CHECK(f.access.lines[0].find(" {acme|} {} ") != std::string::npos);
  client->send("\x01 nonsense\r\n\r\n");
  CHECK(f.run_until([&] { return f.access.lines.size() == 2; }));
  CHECK(f.access.lines[1].find(" {|} {} \"<BADREQ>\"") != std::string::npos);
}
