// What a frontend makes of requests and responses, over HTTP/1.1 and HTTP/2, plain and under TLS.
#include "liblb/core/request_policy.hpp"

#include "tests/unit/liblb/contract_client.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::test;

namespace {

FrontendSettings with(RequestPolicySettings policy) {
  FrontendSettings settings;
  settings.access_format = AccessFormat::kJson;
  settings.policy = std::make_shared<const RequestPolicy>(std::move(policy));
  return settings;
}

bool has(const std::string& text, std::string_view part) {
  return lowered(text).find(lowered(part)) != std::string::npos;
}

std::string scheme() { return over_tls() ? "https" : "http"; }

}  // namespace

CONTRACT("a forged word about the client ends here, and cannot take ours off") {
  ContractFixture<Client> f(1,
                            with({.forwarding = ForwardingSettings{.from = true, .proto = true}}),
                            {.forwarded_for = "X-Forwarded-For"});
  const auto server = f.ask({.fields = {{"x-forwarded-for", "10.0.0.1"},
                                        {"x_forwarded_for", "10.0.0.1"},
                                        {"forwarded", "for=10.0.0.1"}}});
  CHECK_FALSE(has(f.heard, "10.0.0.1"));
  CHECK(has(f.heard, "\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: " + scheme()));
  CHECK(lowered(f.heard).find("x-forwarded-for") == lowered(f.heard).rfind("x-forwarded-for"));
  server->send(kHello);
  CHECK(f.answer().complete);
}

TEST_CASE("a client's Connection cannot take our field off") {
  HttpFixture f(1, with({.forwarding = ForwardingSettings{.from = true}}));
  auto client = f.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Forwarded-For\r\n\r\n");
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd) ==
        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n");
}

CONTRACT("the access log names the client that a trusted proxy names") {
  ForwardingSettings forwarding{.forwarded = true};
  forwarding.trusted = {base::Prefix::parse("127.0.0.0/8").value()};
  ContractFixture<Client> f(1, with({.forwarding = forwarding}));
  const auto server = f.ask({.fields = {{"x-forwarded-for", "203.0.113.9"}}});
  CHECK(has(f.heard, "x-forwarded-for: 203.0.113.9\r\n"));
  CHECK(has(f.heard, "Forwarded: for=127.0.0.1;by=127.0.0.1;host=example.com;proto=" + scheme()));
  server->send(kHello);
  CHECK(f.answer().complete);
  CHECK(has(f.access.lines.at(0), "\"client\":\"203.0.113.9\",\"client_port\":0"));
}

CONTRACT("server, client and log know a request by the same id") {
  ContractFixture<Client> f(1, with({.request_id = RequestIdSettings{.respond = true}}));
  const auto server = f.ask({.fields = {{"x-request-id", "forged"}}});
  CHECK_FALSE(has(f.heard, "forged"));
  const std::size_t at = lowered(f.heard).find("x-request-id: ");
  REQUIRE(at != std::string::npos);
  const std::string id = f.heard.substr(at + 14, 36);
  CHECK(is_request_id(id));
  server->send("HTTP/1.1 200 OK\r\nX-Request-ID: theirs\r\nContent-Length: 0\r\n\r\n");
  CHECK(f.answer().field("x-request-id") == id);
  CHECK(has(f.access.lines.at(0), "\"request_id\":\"" + id + "\""));
  f.client->ask({});
  CHECK_FALSE(has(f.receive_until(*server, kHeadEnd), id));
}

CONTRACT("a head that has no room for what is to be added is too large") {
  ContractFixture<Client> f(1, with({.request_id = RequestIdSettings{}}));
  f.client->ask({.fields = {{"x-long", std::string(16'300, 'x')}}});
  CHECK(f.answer().status() == "431");
}

CONTRACT("what came by http is sent to https, what came by https goes on") {
  ContractFixture<Client> f(1, with({.https_port = 8443}));
  f.client->ask({.path = "/a/b?c=%0d%0ad"});
  if (over_tls()) {
    const auto server = f.accept();
    CHECK(has(f.receive_until(*server, kHeadEnd), "GET /a/b?c=%0d%0ad "));
    return;
  }
  CHECK(f.answer().status() == "301");
  CHECK(f.answer().field("location") == "https://example.com:8443/a/b?c=%0d%0ad");
  CHECK(f.answer().body.empty());
  f.client->ask({.method = "DELETE", .path = "/"});
  CHECK(f.answer().status() == "308");
  CHECK(has(f.access.lines.at(0), "\"termination\":\"LR"));
  CHECK(f.servers[0].accept() == nullptr);
}

CONTRACT("a request that a trusted proxy got by https is not sent there again") {
  ForwardingSettings forwarding;
  forwarding.trusted = {base::Prefix::parse("127.0.0.0/8").value()};
  ContractFixture<Client> f(1, with({.forwarding = forwarding, .https_port = 443}));
  const auto server = f.ask({.fields = {{"x-forwarded-proto", "https"}}});
  server->send(kHello);
  CHECK(f.answer().status() == "200");
}

CONTRACT("under TLS, and only there, responses ask for it from now on, those made here too") {
  const std::string value = "max-age=31536000; includeSubDomains";
  ContractFixture<Client> f(1, with({.hsts = value}));
  const std::string expected = over_tls() ? value : "max-age=1";
  const auto server = f.ask({});
  server->send(
      "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\r\n");
  CHECK(f.answer().field("strict-transport-security") == expected);
  f.engine.set_server_health(0, 0, {.standing = Standing::kDown, .state = "DOWN"});
  f.client->ask({});
  CHECK(f.answer().status() == "503");
  CHECK(f.answer().field("strict-transport-security") == (over_tls() ? value : ""));
}

CONTRACT("whoever watches this node is answered here, and not logged") {
  ContractFixture<Client> f(
      1, with({.https_port = 443,
               .monitor = MonitorSettings{.path = "/healthz", .fail_without = {0}}}));
  f.client->ask({.path = "/healthz?now"});
  CHECK(f.answer().status() == "200");
  CHECK(f.answer().body == "ok\n");
  f.client->ask({.method = "HEAD", .path = "/healthz"});
  CHECK(f.answer().status() == "200");
  CHECK(f.answer().body.empty());
  f.engine.set_server_health(0, 0, {.standing = Standing::kDown, .state = "DOWN"});
  f.client->ask({.path = "/healthz"});
  CHECK(f.answer().status() == "503");
  CHECK(f.answer().body == "pool has no usable server\n");
  f.settle();
  CHECK(f.access.lines.empty());
  f.client->ask({.path = "/healthz/else"});
  CHECK(f.answer().status() == (over_tls() ? "503" : "301"));
  f.settle();
  CHECK(f.access.lines.size() == 1);
}

TEST_CASE("what follows a request for the monitor on its connection is logged") {
  HttpFixture f(1, with({.monitor = MonitorSettings{.path = "/healthz"}}));
  auto client = f.connect();
  client->send("GET /healthz HTTP/1.1\r\nHost: example.com\r\n\r\n");
  CHECK(f.receive_until(*client, "ok\n").starts_with("HTTP/1.1 200 "));
  CHECK(f.access.lines.empty());
  client->send("nonsense\r\n\r\n");
  CHECK(f.run_until([&] { return !f.access.lines.empty(); }));
}

CONTRACT("a request for the monitor is logged where that is wanted") {
  ContractFixture<Client> f(1, with({.monitor = MonitorSettings{.path = "/healthz", .log = true}}));
  f.client->ask({.path = "/healthz"});
  CHECK(f.answer().status() == "200");
  f.settle();
  CHECK(f.access.lines.size() == 1);
}

TEST_CASE("without a host there is no way to https") {
  if (over_tls()) return;
  HttpFixture f(1, with({.https_port = 443}));
  auto client = f.connect();
  client->send("GET / HTTP/1.0\r\n\r\n");
  CHECK(status_of(f.receive_page(*client)) == "400");
}

CONTRACT("errors have pages of one's own, the backend's before the frontend's") {
  RequestPolicySettings policy;
  policy.error_pages.add(503, {.content_type = "text/plain", .body = "not now\n"});
  policy.error_pages.add(504, {.content_type = "text/plain", .body = "too slow\n"});
  policy.error_pages.add(405, {.content_type = "application/json", .body = "{}"});
  ErrorPages own;
  own.add(503, {.content_type = "application/json", .body = "{\"retry\":true}"});
  ContractFixture<Client> f(1, with(policy),
                            {.error_pages = std::make_shared<const ErrorPages>(own)});
  const auto silent = f.ask({});
  f.let_pass(std::chrono::seconds(51));
  CHECK(f.answer().status() == "504");
  CHECK(f.answer().body == "too slow\n");
  f.client->ask({.method = "TRACE"});
  CHECK(f.answer().status() == "405");
  CHECK(f.answer().body == "{}");
  CHECK_FALSE(f.answer().field("allow").empty());
  f.engine.set_server_health(0, 0, {.standing = Standing::kDown, .state = "DOWN"});
  f.client->ask({});
  CHECK(f.answer().status() == "503");
  CHECK(f.answer().field("content-type") == "application/json");
  CHECK(f.answer().field("cache-control") == "no-store");
  CHECK(f.answer().body == "{\"retry\":true}");
  f.client->ask({.method = "HEAD"});
  CHECK(f.answer().status() == "503");
  CHECK(f.answer().field("content-length") == "14");
  CHECK(f.answer().body.empty());
}

TEST_CASE("a head that nobody understands has a page as well") {
  RequestPolicySettings policy;
  policy.error_pages.add(400, {.content_type = "text/plain", .body = "what?\n"});
  HttpFixture f(1, with(policy));
  auto client = f.connect();
  client->send("nonsense\r\n\r\n");
  CHECK(f.receive_until(*client, "what?\n").find("Content-Type: text/plain\r\n") !=
        std::string::npos);
}
