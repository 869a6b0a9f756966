// What clients may count on, whatever version of HTTP they speak: each case runs over HTTP/1.1 and
// HTTP/2, and with HAPAIR_TEST_OVER=tls both under TLS.
#include <chrono>

#include "tests/unit/liblb/contract_client.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::test;

using std::chrono::seconds;

CONTRACT("a request reaches the server as HTTP/1.1, and its answer comes back") {
  ContractFixture<Client> f;
  const auto server = f.ask({.path = "/a?b=%20c", .fields = {{"accept", "*/*"}, {"x-a", "1"}}});
  CHECK(f.heard == "GET /a?b=%20c HTTP/1.1\r\nHost: example.com\r\naccept: */*\r\nx-a: 1\r\n\r\n");
  server->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-B: 2\r\n\r\nhello");
  const Received& answer = f.answer();
  CHECK(answer.complete);
  CHECK(answer.status() == "200");
  CHECK(answer.field("x-b") == "2");
  CHECK(answer.field("content-length") == "5");
  CHECK(answer.body == "hello");
  REQUIRE(f.access.lines.size() == 1);
  CHECK(f.access.lines[0].find(base::concat("\"GET /a?b=%20c ", Client::kVersion, "\"")) !=
        std::string::npos);
}

CONTRACT("the next request goes over the same two connections") {
  ContractFixture<Client> f;
  const auto server = f.ask({});
  for (int i = 0; i < 5; ++i) {
    server->send(kHello);
    CHECK(f.answer().body == "hello");
    f.client->ask({.path = "/" + std::to_string(i)});
    CHECK(f.receive_until(*server, kHeadEnd).starts_with("GET /" + std::to_string(i)));
  }
  CHECK(f.servers[0].accept() == nullptr);
}

CONTRACT("bodies of known length pass both ways") {
  ContractFixture<Client> f;
  const std::string body = numbered_text(300'000);
  const std::string length = std::to_string(body.size());
  f.client->ask({.method = "POST", .fields = {{"content-length", length}}, .has_body = true});
  f.client->send(body, true);
  const auto server = f.accept();
  const std::string request = f.receive_until(*server, body.substr(body.size() - 100));
  CHECK(request.find("ontent-") != std::string::npos);
  CHECK((request.ends_with("\r\n\r\n" + body)));
  std::string response =
      base::concat("HTTP/1.1 200 OK\r\nContent-Length: ", length, "\r\n\r\n", body);
  CHECK(f.run_until([&] {
    response.erase(0, server->send(response));
    return f.client->over();
  }));
  CHECK(f.client->answer().complete);
  CHECK((f.client->answer().body == body));
}

CONTRACT("a body of unknown length goes on in chunks, and comes back to its end") {
  ContractFixture<Client> f;
  f.client->ask({.method = "POST", .has_body = true});
  f.client->send("abc", false);
  const auto server = f.accept();
  const std::string head = f.receive_until(*server, "3\r\nabc\r\n");
  CHECK(lowered(head).find("transfer-encoding: chunked\r\n") != std::string::npos);
  f.client->send("defg", true);
  CHECK(f.receive_until(*server, "0\r\n\r\n") == "4\r\ndefg\r\n0\r\n\r\n");
  server->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
  CHECK(f.answer().complete);
  CHECK(f.answer().body == "ok");
}

CONTRACT("a response that ends with its connection ends in order") {
  ContractFixture<Client> f;
  const auto server = f.ask({});
  server->send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
  server->close();
  CHECK(f.answer().complete);
  CHECK(f.answer().body == "until the end");
}

CONTRACT("HEAD, 204 and 304 have no body") {
  ContractFixture<Client> f;
  const auto server = f.ask({.method = "HEAD"});
  server->send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  CHECK(f.answer().complete);
  CHECK(f.answer().field("content-length") == "1000");
  CHECK(f.answer().body.empty());
  for (const char* status : {"204 No Content", "304 Not Modified"}) {
    f.client->ask({});
    (void)f.receive_until(*server, kHeadEnd);
    server->send(base::concat("HTTP/1.1 ", status, "\r\nETag: \"x\"\r\n\r\n"));
    CHECK(f.answer().complete);
    CHECK(f.answer().status() == std::string(status, 3));
    CHECK(f.answer().body.empty());
  }
}

CONTRACT("interim responses pass, and a client that waits for 100 gets it from the server") {
  ContractFixture<Client> f;
  f.client->ask({.method = "PUT",
                 .fields = {{"content-length", "2"}, {"expect", "100-continue"}},
                 .has_body = true});
  const auto server = f.accept();
  CHECK(lowered(f.receive_until(*server, kHeadEnd)).find("expect: 100-continue\r\n") !=
        std::string::npos);
  server->send("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(f.run_until([&] { return f.client->answer().status() == "100"; }));
  f.client->send("ab", true);
  CHECK(f.receive_until(*server, "ab") == "ab");
  server->send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  server->send(kHello);
  CHECK(f.answer().complete);
  CHECK(f.answer().statuses == std::vector<std::string>{"100", "103", "200"});
}

CONTRACT("trailers pass both ways, but for those that frame") {
  ContractFixture<Client> f;
  f.client->ask({.method = "POST",
                 .fields = {{"te", "trailers"}},
                 .has_body = true,
                 .trailers = {{"x-sum", "1"}, {"content-length", "7"}}});
  f.client->send("abc", true);
  const auto server = f.accept();
  CHECK(lowered(f.receive_until(*server, "0\r\nx-sum: 1\r\n\r\n")).starts_with("post "));
  server->send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nGrpc-Status: 0\r\n"
      "Content-Length: 9\r\n\r\n");
  CHECK(f.answer().complete);
  CHECK(f.answer().body == "ok");
  CHECK(f.answer().trailers == FieldTexts{{"grpc-status", "0"}});
}

CONTRACT("fields of one connection stay on it") {
  ContractFixture<Client> f;
  const auto server = f.ask({});
  server->send(
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x-hop\r\nX-Hop: 1\r\n"
      "Keep-Alive: timeout=5\r\nX-End: 2\r\n\r\n");
  CHECK(f.answer().field("x-hop").empty());
  CHECK(f.answer().field("keep-alive").empty());
  CHECK(f.answer().field("x-end") == "2");
}

CONTRACT("the client's address is added where the backend wants it") {
  ContractFixture<Client> f(1, {}, {.forwarded_for = "X-Forwarded-For"});
  const auto server = f.ask({});
  CHECK(f.heard.find("\r\nX-Forwarded-For: 127.0.0.1\r\n") != std::string::npos);
}

CONTRACT("no usable server is 503, and the connection goes on") {
  ContractFixture<Client> f;
  f.engine.set_server_health(0, 0, {.standing = Standing::kDown, .state = "DOWN"});
  f.client->ask({});
  CHECK(f.answer().status() == "503");
  CHECK(f.answer().complete);
  CHECK(f.access.lines.at(0).find(" 503 ") != std::string::npos);
  f.engine.set_server_health(0, 0, {.standing = Standing::kUp, .state = "UP"});
  const auto server = f.ask({});
  server->send(kHello);
  CHECK(f.answer().body == "hello");
}

CONTRACT("a server that says nothing in its time is 504, one that talks nonsense 502") {
  ContractFixture<Client> f;
  const auto silent = f.ask({});
  f.let_pass(seconds(51));
  CHECK(f.answer().status() == "504");
  CHECK(f.answer().complete);
  const auto confused = f.ask({});
  confused->send("HTTP/1.1 2000 OK\r\n\r\n");
  CHECK(f.answer().status() == "502");
  CHECK(f.answer().complete);
  const auto gone = f.ask({.method = "POST", .fields = {{"content-length", "0"}}});
  gone->close();
  CHECK(f.answer().status() == "502");
  REQUIRE(f.access.lines.size() == 3);
  CHECK(f.access.lines[0].find(" sH-- ") != std::string::npos);
  CHECK(f.access.lines[1].find(" PH-- ") != std::string::npos);
  CHECK(f.access.lines[2].find(" SH-- ") != std::string::npos);
}

CONTRACT("a server that refuses is replaced by the next one") {
  FakeServer good;
  ContractFixture<Client> f({refusing_endpoint(), good.endpoint()});
  for (int i = 0; i < 4; ++i) {
    f.client->ask({});
    std::unique_ptr<Peer> server;
    REQUIRE(f.run_until([&] { return (server = good.accept()) != nullptr; }));
    (void)f.receive_until(*server, kHeadEnd);
    server->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    CHECK(f.answer().status() == "200");
  }
  CHECK(row_of(f.engine.stats(), "s1").wredis == 2);
}

CONTRACT("a request that dies on a kept connection is sent again, unless it may not be") {
  ContractFixture<Client> f(1, {}, {.reuse = ReuseMode::kAlways});
  auto kept = f.ask({});
  kept->send(kHello);
  CHECK(f.answer().body == "hello");
  f.client->ask({.path = "/again"});
  (void)f.receive_until(*kept, kHeadEnd);
  kept->close();
  kept = f.accept();
  CHECK(f.receive_until(*kept, kHeadEnd).starts_with("GET /again "));
  kept->send(kHello);
  CHECK(f.answer().body == "hello");
  f.client->ask({.method = "POST", .fields = {{"content-length", "0"}}});
  (void)f.receive_until(*kept, kHeadEnd);
  kept->close();
  CHECK(f.answer().status() == "502");
  CHECK(f.servers[0].accept() == nullptr);
}

CONTRACT("an early answer reaches a client that still sends") {
  ContractFixture<Client> f;
  f.client->ask({.method = "POST", .fields = {{"content-length", "1000000"}}, .has_body = true});
  f.client->send(std::string(1000, 'x'), false);
  const auto server = f.accept();
  (void)f.receive_until(*server, "xxx");
  server->send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
  server->close();
  CHECK(f.answer().status() == "413");
  CHECK(f.answer().body == "big");
}

CONTRACT("a body that the server cuts short is never ended in order") {
  ContractFixture<Client> f;
  auto server = f.ask({});
  server->send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome");
  CHECK(f.run_until([&] { return f.client->answer().body == "some"; }));
  server->close();
  CHECK_FALSE(f.answer().complete);
  CHECK(f.answer().body == "some");
  CHECK(f.access.lines.at(0).find(" SD-- ") != std::string::npos);
}

CONTRACT("a client that gives its request up takes the server's connection along") {
  ContractFixture<Client> f;
  const auto server = f.ask({});
  f.client->give_up();
  CHECK(f.run_until([&] {
    server->receive();
    return server->over();
  }));
  CHECK(f.access.lines.at(0).find(" CH-- ") != std::string::npos);
}

CONTRACT("a client that stops within its body is told so, and the server's connection ends") {
  ContractFixture<Client> f;
  f.client->ask({.method = "POST", .fields = {{"content-length", "10"}}, .has_body = true});
  f.client->send("abc", false);
  const auto server = f.accept();
  (void)f.receive_until(*server, "abc");
  f.let_pass(seconds(51));
  CHECK(f.answer().status() == "408");
  CHECK(f.run_until([&] {
    server->receive();
    return server->over();
  }));
}

CONTRACT("a body above the limit is 413, announced or not") {
  for (const bool announced : {true, false}) {
    ContractFixture<Client> f(1, {.max_body_bytes = 10});
    Ask ask{.method = "POST", .has_body = true};
    if (announced) ask.fields = {{"content-length", "11"}};
    f.client->ask(ask);
    f.client->send("abcdefghijk", true);
    CHECK(f.answer().status() == "413");
  }
}

CONTRACT(
    "a client that does not read holds the server back, and its response is whole in the end") {
  ContractFixture<Client> f;
  f.client->shrink_receive_buffer();
  const auto server = f.ask({});
  const std::string body = numbered_text(24'000'000);
  const std::string whole =
      base::concat("HTTP/1.1 200 OK\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
  std::string_view out = whole;
  // The client does not turn.
  std::size_t stalled = 0;
  for (std::size_t before = 0; stalled < 20; before = out.size()) {
    out.remove_prefix(server->send(out));
    f.settle();
    stalled = out.size() == before ? stalled + 1 : 0;
  }
  CHECK(out.size() > 0);
  CHECK(f.run_until([&] {
    out.remove_prefix(server->send(out));
    return f.client->over();
  }));
  CHECK(f.client->answer().complete);
  CHECK((f.client->answer().body == body));
}
