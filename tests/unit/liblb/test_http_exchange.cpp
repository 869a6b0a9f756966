// One request, one response: what arrives at the server and at the client.
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

TEST_CASE("a request reaches the server and its response the client") {
  HttpFixture f;
  auto client = f.connect();
  client->send("GET /a?b HTTP/1.1\r\nHost: example.com\r\nAccept: x\r\n\r\n");
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd) ==
        "GET /a?b HTTP/1.1\r\nHost: example.com\r\nAccept: x\r\n\r\n");
  server->send(kHello);
  CHECK(f.receive_until(*client, "hello") == kHello);
}

TEST_CASE("both connections serve the next request") {
  HttpFixture f;
  auto client = f.connect();
  std::unique_ptr<Peer> server;
  for (int i = 0; i < 5; ++i) {
    client->send(kGet);
    if (!server) server = f.accept();
    CHECK(f.receive_until(*server, kHeadEnd) == kGet);
    server->send(kHello);
    CHECK(f.receive_until(*client, "hello") == kHello);
  }
  CHECK(f.servers[0].accept() == nullptr);
  const StatsSnapshot stats = f.engine.stats();
  CHECK(row_of(stats, "s1").connect == 1);
  CHECK(row_of(stats, "s1").reuse == 4);
  CHECK(row_of(stats, "FRONTEND").req_tot == 5);
}

TEST_CASE("two clients share one server connection one after the other") {
  HttpFixture f(1, {}, {.reuse = ReuseMode::kAlways});
  auto first = f.connect();
  first->send(kGet);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send(kHello);
  (void)f.receive_until(*first, "hello");
  auto second = f.connect();
  second->send(kGet);
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
  server->send(kHello);
  CHECK(f.receive_until(*second, "hello") == kHello);
}

TEST_CASE("pipelined requests are answered in order") {
  HttpFixture f;
  auto client = f.connect();
  client->send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  auto server = f.accept();
  for (const char* path : {"/1", "/2", "/3"}) {
    CHECK(f.receive_until(*server, kHeadEnd).starts_with("GET " + std::string(path)));
    server->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + std::string(path));
    CHECK(f.receive_until(*client, path).ends_with(path));
  }
}

TEST_CASE("the client's address is added when the backend wants it") {
  HttpFixture f(1, {}, {.forwarded_for = "X-Forwarded-For"});
  auto client = f.connect();
  client->send(kGet);
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd).find("X-Forwarded-For: 127.0.0.1\r\n") !=
        std::string::npos);
}

TEST_CASE("a body of known length goes to the server as it is") {
  HttpFixture f;
  auto client = f.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello ");
  auto server = f.accept();
  (void)f.receive_until(*server, "\r\n\r\nhello ");
  client->send("world");
  CHECK(f.receive_until(*server, "world") == "world");
  server->send(kHello);
  CHECK(f.receive_until(*client, "hello") == kHello);
}

TEST_CASE("chunked bodies go both ways, framed anew") {
  HttpFixture f;
  auto client = f.connect();
  client->send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n");
  auto server = f.accept();
  CHECK(f.receive_until(*server, "0\r\n\r\n").ends_with("\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"));
  server->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
  CHECK(f.receive_until(*client, "1\r\na\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
  server->send("2\r\nbc\r\n0\r\n\r\n");
  CHECK(f.receive_until(*client, "0\r\n\r\n") == "2\r\nbc\r\n0\r\n\r\n");
  client->send(kGet);
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
}

TEST_CASE("head, body and end of a small chunked response leave in one piece") {
  HttpFixture f;
  auto [client, server] = f.get();
  server->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  CHECK(f.run_until([&] {
    client->receive();
    return !client->received.empty();
  }));
  CHECK(client->received.ends_with("3\r\nabc\r\n0\r\n\r\n"));
}

TEST_CASE("a response to HEAD has a length and no body") {
  HttpFixture f;
  auto client = f.connect();
  client->send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  CHECK(f.receive_until(*client, kHeadEnd).find("Content-Length: 1000\r\n") != std::string::npos);
  client->send(kGet);
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
}

TEST_CASE("204 and 304 have no body and keep the connection") {
  for (const char* status : {"204 No Content", "304 Not Modified"}) {
    HttpFixture f;
    auto [client, server] = f.get();
    server->send("HTTP/1.1 " + std::string(status) + "\r\nETag: \"x\"\r\n\r\n");
    CHECK(f.receive_until(*client, kHeadEnd).starts_with("HTTP/1.1 " + std::string(status)));
    client->send(kGet);
    CHECK(f.receive_until(*server, kHeadEnd) == kGet);
  }
}

TEST_CASE("interim responses are relayed before the final one") {
  HttpFixture f;
  auto [client, server] = f.get();
  server->send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  CHECK(f.receive_until(*client, kHeadEnd) == "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  server->send(kHello);
  CHECK(f.receive_until(*client, "hello") == kHello);
}

TEST_CASE("interim responses that leave no room for the next head are sent before it") {
  HttpFixture f;
  auto [client, server] = f.get();
  const std::string hints =
      "HTTP/1.1 103 Early Hints\r\nLink: " + std::string(7000, 'l') + "\r\n\r\n";
  const std::string all = hints + hints + hints + std::string(kHello);
  REQUIRE(server->send(all) == all.size());
  CHECK(f.receive_until(*client, "hello") == all);
}

TEST_CASE("100-continue passes through and the body follows") {
  HttpFixture f;
  auto client = f.connect();
  client->send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd).find("Expect: 100-continue") != std::string::npos);
  server->send("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(f.receive_until(*client, kHeadEnd) == "HTTP/1.1 100 Continue\r\n\r\n");
  client->send("abc");
  CHECK(f.receive_until(*server, "abc") == "abc");
  server->send(kHello);
  CHECK(f.receive_until(*client, "hello") == kHello);
}

TEST_CASE("a switch of protocols that nobody asked for is a bad response") {
  HttpFixture f;
  auto [client, server] = f.get();
  server->send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
  CHECK(f.receive_page(*client).starts_with("HTTP/1.1 502 "));
}

TEST_CASE("a server that ends its response by closing is chunked to the client, which lives on") {
  HttpFixture f;
  auto [client, server] = f.get();
  server->send("HTTP/1.0 200 OK\r\n\r\nhello");
  server->close();
  CHECK(f.receive_until(*client, "0\r\n\r\n").ends_with("5\r\nhello\r\n0\r\n\r\n"));
  client->send(kGet);
  CHECK(f.receive_until(*f.accept(), kHeadEnd) == kGet);
}

TEST_CASE("an HTTP/1.0 client gets a plain body and the end of the connection") {
  HttpFixture f;
  auto client = f.connect();
  client->send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd).starts_with("GET / HTTP/1.1\r\n"));
  server->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  const std::string response = f.receive_all(*client);
  CHECK(response.ends_with("\r\n\r\nhello"));
  CHECK(response.find("Transfer-Encoding") == std::string::npos);
}

TEST_CASE("Connection: close from the client ends its connection, not the server's") {
  HttpFixture f(1, {}, {.reuse = ReuseMode::kAlways});
  auto client = f.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd).find("close") == std::string::npos);
  server->send(kHello);
  CHECK(f.receive_all(*client).find("Connection: close\r\n") != std::string::npos);
  auto second = f.connect();
  second->send(kGet);
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
}

TEST_CASE("a client that has finished sending still gets its response") {
  HttpFixture f(1, {.abort_on_close = false});
  auto client = f.connect();
  client->send(kGet);
  client->finish_sending();
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send(kHello);
  CHECK(f.receive_all(*client).ends_with("hello"));
}

TEST_CASE("a client that finishes while a server works on its request gets the response") {
  HttpFixture f;
  auto [client, server] = f.get();
  client->finish_sending();
  f.settle();
  server->send(kHello);
  CHECK(f.receive_all(*client).ends_with("hello"));
}

TEST_CASE("a client that closes before a server has its request gives it up") {
  Fixture f;
  f.add_backend({refusing_endpoint()});
  auto client = f.connect(f.add_frontend({.backend = 0}));
  client->send(kGet);
  // Refused; the next try comes after a pause.
  CHECK(f.run_until([&] { return row_of(f.engine.stats(), "s1").econ == 1U; }));
  client->close();
  CHECK(f.run_until([&] { return f.engine.session_count() == 0; }));
  const StatsSnapshot stats = f.engine.stats();
  CHECK(row_of(stats, "BACKEND").cli_abrt == 1);
  CHECK(row_of(stats, "s1").econ == 1);
  CHECK(f.access.lines.at(0).find(" CC-- ") != std::string::npos);
}

TEST_CASE("a client that closes with its body unread gives up its request all the same") {
  Fixture f;
  f.add_backend({refusing_endpoint()});
  auto client = f.connect(f.add_frontend({.backend = 0}));
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" +
               std::string(100000, 'x'));
  f.settle();
  client->close();
  f.settle();
  CHECK(f.engine.session_count() == 0);
}

TEST_CASE("with server-close a server's connection serves one request, the client's many") {
  HttpFixture f(1, {.connection_mode = ConnectionMode::kServerClose});
  auto client = f.connect();
  for (int i = 0; i < 3; ++i) {
    client->send(kGet);
    auto server = f.accept();
    CHECK(f.receive_until(*server, kHeadEnd) ==
          "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n");
    f.answer(*server, *client);
    CHECK(f.receive_all(*server).empty());
  }
}

TEST_CASE("with close both connections serve one request") {
  HttpFixture f(1, {.connection_mode = ConnectionMode::kClose});
  auto client = f.connect();
  client->send(kGet);
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd).find("Connection: close\r\n") != std::string::npos);
  server->send(kHello);
  const std::string response = f.receive_all(*client);
  CHECK(response.find("Connection: close\r\n") != std::string::npos);
  CHECK(response.ends_with("hello"));
  CHECK(f.receive_all(*server).empty());
}

TEST_CASE("trailers go on both ways, but for those that frame, route or decide") {
  HttpFixture f;
  auto client = f.connect();
  client->send(
      "POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n"
      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
      "0\r\nX-Digest: 1\r\ncontent-length: 9\r\nHost: b\r\nX-More: 2\r\n\r\n");
  auto server = f.accept();
  CHECK(f.receive_until(*server, "X-More: 2\r\n\r\n")
            .ends_with("chunked\r\nConnection: TE\r\nTE: trailers\r\n\r\n3\r\nabc\r\n"
                       "0\r\nX-Digest: 1\r\nX-More: 2\r\n\r\n"));
  server->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: 1\r\n");
  f.settle();
  server->send("Set-Cookie: x\r\nB: 2\r\n\r\n");
  CHECK(f.receive_until(*client, "B: 2\r\n\r\n").ends_with("\r\n\r\n0\r\nA: 1\r\nB: 2\r\n\r\n"));
  client->send(kGet);  // both connections are in step
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
  f.answer(*server, *client);
}

TEST_CASE("a client of HTTP/1.0 gets no trailers") {
  HttpFixture f;
  auto client = f.connect();
  client->send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: 1\r\n\r\n");
  CHECK(f.receive_all(*client).ends_with("\r\n\r\nhello"));
}

TEST_CASE("no interim response reaches a client of HTTP/1.0") {
  HttpFixture f;
  auto client = f.connect();
  client->send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  server->send(kHello);
  CHECK(f.receive_all(*client).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a final response in place of 100 ends the connection: the body may come or not") {
  HttpFixture f;
  auto client = f.connect();
  client->send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
  CHECK(f.receive_all(*client) ==
        "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  CHECK(f.receive_all(*server).empty());
}

TEST_CASE("bodies stream both ways at once") {
  HttpFixture f;
  auto client = f.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  (void)f.receive_until(*client, kHeadEnd);
  for (int i = 0; i < 3; ++i) {
    client->send("4\r\nping\r\n");
    CHECK(f.receive_until(*server, "ping\r\n") == "4\r\nping\r\n");
    server->send("4\r\npong\r\n");
    CHECK(f.receive_until(*client, "pong\r\n") == "4\r\npong\r\n");
  }
  client->send("0\r\n\r\n");
  CHECK(f.receive_until(*server, "0\r\n\r\n") == "0\r\n\r\n");
  server->send("0\r\n\r\n");
  CHECK(f.receive_until(*client, "0\r\n\r\n") == "0\r\n\r\n");
}

TEST_CASE("OPTIONS for the server as a whole goes on as it is") {
  HttpFixture f;
  auto client = f.connect();
  client->send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(f.receive_until(*f.accept(), kHeadEnd) == "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST_CASE("pages are made by whoever surrounds the engine, for their targets only") {
  HttpFixture f(1, {.stats_uri = "/haproxy?stats"});
  auto client = f.connect();
  client->send("GET /haproxy?stats HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string page = f.receive_until(*client, "</html>\n");
  CHECK(page.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(page.find("\r\nX-Page: yes\r\n") != std::string::npos);
  client->send("GET /haproxy?stats;csv HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(f.receive_all(*client).ends_with("\r\n\r\nasked for /haproxy?stats;csv</html>\n"));
  CHECK(f.servers[0].accept() == nullptr);
}

TEST_CASE("a body sent to the statistics page is not taken for the next request") {
  HttpFixture f(1, {.stats_uri = "/stats"});
  auto client = f.connect();
  client->send(
      "POST /stats HTTP/1.1\r\nHost: a\r\nContent-Length: 34\r\n\r\n"
      "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answer = f.receive_all(*client);
  CHECK(answer.find("/stats with a body") != std::string::npos);
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  CHECK(f.servers[0].accept() == nullptr);
}

TEST_CASE("a client that leaves while a page is made costs nothing") {
  HttpFixture f(1, {.stats_uri = "/stats"});
  auto client = f.connect();
  client->send("GET /stats HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(f.run_until([&] { return f.engine.session_count() == 1; }));
  client->close();
  f.settle();
  CHECK(f.engine.session_count() == 0);
}

TEST_CASE("pages that come one after the other are answered in order") {
  HttpFixture f(1, {.stats_uri = "/stats"});
  auto client = f.connect();
  client->send(
      "GET /stats;1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /stats;2 HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /stats;3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string all = f.receive_all(*client);
  CHECK(all.find("asked for /stats;1</html>\nHTTP/1.1 200 OK") != std::string::npos);
  CHECK(all.find("/stats;2") == std::string::npos);
  CHECK(all.ends_with("asked for /stats;3</html>\n"));
}

TEST_CASE("each exchange hands one record to the access log") {
  HttpFixture f;
  auto [client, server] = f.get();
  f.answer(*server, *client);
  f.settle();
  REQUIRE(f.access.lines.size() == 1);
  const std::string& line = f.access.lines[0];
  CHECK(line.find(named_front("pool/s1 ")) != std::string::npos);
  CHECK(line.find(" 200 " + std::to_string(kHello.size()) + " - - ---- ") != std::string::npos);
  CHECK(line.ends_with("\"GET / HTTP/1.1\""));
}

}  // namespace
}  // namespace hapair::lb::test
