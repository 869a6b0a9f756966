// What rules do with requests, over HTTP/1.1 and HTTP/2, plain and under TLS.
#include <chrono>

#include "tests/unit/liblb/rule_fixture.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::rules;
using namespace hapair::lb::test;

using std::chrono::seconds;

CONTRACT("a request goes to the backend that a rule names, and is that one's in log and counters") {
  RuleFixture<Client> f(list_of({on_prefix("/other/", {UseBackend{.backend = 1}})}));
  f.client->ask({.path = "/other/x"});
  auto server = f.accept_second();
  CHECK(f.receive_until(*server, kHeadEnd).starts_with("GET /other/x HTTP/1.1\r\n"));
  server->send(kHello);
  CHECK(f.answer().body == "hello");
  CHECK(f.logged(named_front("other/o1 ")));
  f.client->ask({.path = "/x"});
  server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send(kHello);
  CHECK(f.answer().body == "hello");
  CHECK(f.servers[0].accept() == nullptr);
}

CONTRACT("a frontend without a default backend serves what rules send on, and nothing else") {
  Fixture f;
  FakeServer server;
  (void)f.add_backend({server.endpoint()});
  const base::Endpoint front = f.add_frontend({}, {}, {}, Client::kProtocols);
  f.engine.use_rules(0, list_of({on_prefix("/yes", {UseBackend{.backend = 0}})}));
  Client refused(f, front);
  refused.ask({.path = "/no"});
  CHECK(f.run_until([&] {
    refused.turn();
    return refused.over();
  }));
  CHECK(refused.answer().status() == "503");
  Client served(f, front);
  served.ask({.path = "/yes"});
  CHECK(f.run_until([&] {
    served.turn();
    return server.accept() != nullptr;
  }));
}

CONTRACT("denials are answered, logged and counted, and the connection goes on") {
  RuleFixture<Client> f(list_of({on_prefix("/private", {Deny{.status = 403}})}));
  for (const char* path : {"/private", "/%70rivate/x", "/public/../private"}) {
    f.client->ask({.path = path});
    CHECK(f.answer().status() == "403");
    CHECK(f.answer().complete);
    CHECK(f.logged(" 403 "));
    CHECK(f.logged(" - - PR-- "));
  }
  CHECK(f.denied() == 3);
  f.client->ask({.path = "/"});
  const auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send(kHello);
  CHECK(f.answer().body == "hello");
}

CONTRACT("a path with two meanings reaches no server") {
  RuleFixture<Client> f(list_of({on_prefix("/public/", {Accept{}})}));
  f.client->ask({.path = "/public/..%2fprivate"});
  CHECK(f.answer().status() == "400");
  CHECK(f.logged(" - - PR-- "));
  CHECK(f.servers[0].accept() == nullptr);
}

CONTRACT("redirects keep host, path and query") {
  RuleFixture<Client> f(
      always({Redirect{.status = 308, .location = say("https://%{host}%{target}")}}));
  f.client->ask({.path = "/a%20b?c=d"});
  CHECK(f.answer().status() == "308");
  CHECK(f.answer().field("location") == "https://example.com/a%20b?c=d");
  CHECK(f.answer().complete);
  CHECK(f.logged(" - - LR-- "));
}

CONTRACT("an answer of one's own, and its head alone for HEAD") {
  RuleFixture<Client> f(
      always({rules::Answer{.status = 200, .type = "text/html", .body = "<p>away"}}));
  f.client->ask({});
  CHECK(f.answer().status() == "200");
  CHECK(f.answer().field("content-type") == "text/html");
  CHECK(f.answer().body == "<p>away");
  f.client->ask({.method = "HEAD"});
  CHECK(f.answer().field("content-length") == "7");
  CHECK(f.answer().body.empty());
  CHECK(f.logged(" - - LR-- "));
}

CONTRACT("a body that an answer leaves unread does not become the next request") {
  RuleFixture<Client> f(list_of({on_prefix("/no", {Deny{.status = 403}})}));
  f.client->ask(
      {.method = "POST", .path = "/no", .fields = {{"content-length", "35"}}, .has_body = true});
  f.client->send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", true);
  CHECK(f.answer().status() == "403");
  f.settle();
  CHECK(f.servers[0].accept() == nullptr);
  CHECK(row_of(f.engine.stats(), "FRONTEND").req_tot == StatsNumber(1));
}

CONTRACT("fields of requests and responses, path and query are changed on their way") {
  RuleFixture<Client> f(
      always({EditField{.name = "X-Client", .value = say("%{client_address}")},
              EditField{.change = FieldChange::kRemove, .name = "X-Gone"},
              EditField{.response = true, .name = "X-Served", .value = say("here")},
              EditField{.response = true, .change = FieldChange::kRemove, .name = "Server"},
              RewritePath{.prefix = "/api/", .with = "/"}, SetQuery{.to = say("%{query}&v=1")}}));
  const auto server =
      f.ask({.path = "/api/x?a", .fields = {{"x-client", "forged"}, {"x-gone", "1"}}});
  CHECK(f.heard == "GET /x?a&v=1 HTTP/1.1\r\nHost: example.com\r\nX-Client: 127.0.0.1\r\n\r\n");
  server->send("HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 2\r\n\r\nok");
  CHECK(f.answer().body == "ok");
  CHECK(f.answer().field("x-served") == "here");
  CHECK(f.answer().field("server").empty());
  CHECK(f.logged("\"GET /api/x?a "));
}

CONTRACT("what a client sends cannot become a line of its own") {
  RuleFixture<Client> f(always({SetPath{.to = say("%{header:x-path}")}}));
  f.client->ask({.fields = {{"x-path", "/a HTTP/1.1 /b"}}});
  CHECK(f.answer().status() == "400");
  CHECK(f.servers[0].accept() == nullptr);
}

CONTRACT("a tarpit answers late") {
  RuleFixture<Client> f(always({Tarpit{.delay = seconds(7), .status = 500}}));
  f.client->ask({});
  f.let_pass(seconds(6));
  CHECK_FALSE(f.client->over());
  CHECK(f.access.lines.empty());
  f.let_pass(seconds(2));
  CHECK(f.answer().status() == "500");
  CHECK(f.logged(" - - PT-- "));
  CHECK(f.denied() == 1);
}

CONTRACT("a client that leaves the tarpit is logged so") {
  RuleFixture<Client> f(always({Tarpit{.delay = seconds(7), .status = 500}}));
  f.client->ask({});
  f.settle();
  f.client->give_up();
  CHECK(f.run_until([&] { return !f.access.lines.empty(); }));
  CHECK(f.logged(" - - CT-- "));
}

CONTRACT("a client in the tarpit whose connection this node gives up is logged so") {
  Fixture f;
  FakeServer server;
  (void)f.add_backend({server.endpoint()});
  const base::Endpoint front = f.add_frontend({}, 7, {}, Client::kProtocols);
  f.engine.use_rules(0, always({Tarpit{.delay = seconds(7), .status = 500}}));
  f.engine.enable_binds(7);
  Client client(f, front);
  client.ask({});
  CHECK(f.run_until([&] {
    client.turn();
    return row_of(f.engine.stats(), "FRONTEND").req_tot == 1;
  }));
  f.engine.disable_binds(7, true);
  REQUIRE(f.run_until([&] { return !f.access.lines.empty(); }));
  CHECK(f.access.lines.front().find(" - - KT-- ") != std::string::npos);
  CHECK(row_of(f.engine.stats(), "FRONTEND").dreq == 1);
}

CONTRACT("a dropped request gets no answer") {
  RuleFixture<Client> f(always({SilentDrop{}}));
  f.client->ask({});
  CHECK(f.run_until([&] { return f.client->over(); }));
  CHECK_FALSE(f.client->answer().complete);
  CHECK(f.client->answer().statuses.empty());
  CHECK(f.logged(" - - PR-- "));
}

CONTRACT("a rule's time-out goes before the backend's") {
  RuleFixture<Client> f(always({SetTimeouts{.server = seconds(3)}}));
  const auto server = f.ask({});
  f.let_pass(seconds(4));
  CHECK(f.answer().status() == "504");
}

CONTRACT("a backend's rules come behind its frontend's") {
  RuleFixture<Client> f(list_of({on_prefix("/other", {UseBackend{.backend = 1}})}));
  f.engine.use_backend_rules(1, list_of({on_prefix("/other/no", {Deny{.status = 451}})}));
  f.client->ask({.path = "/other/no"});
  CHECK(f.answer().status() == "451");
  f.client->ask({.path = "/other/yes"});
  const auto server = f.accept_second();
  (void)f.receive_until(*server, kHeadEnd);
  server->send(kHello);
  CHECK(f.answer().body == "hello");
}

CONTRACT("rules know of TLS and of the port that the client came to") {
  Rule tls{.match = {{TlsTest{.used = true}}}, .actions = {Deny{.status = 421}}};
  Rule port{.match = {{PortTest{.ports = {1}}}}, .actions = {Deny{.status = 410}}};
  RuleFixture<Client> f(list_of({port, tls, {.match = {}, .actions = {Deny{.status = 423}}}}));
  f.client->ask({});
  CHECK(f.answer().status() == (over_tls() ? "421" : "423"));
}
