// What goes wrong on either side, and what the other side gets to see of it.
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::seconds;

TEST_CASE("no usable server is 503") {
  HttpFixture f;
  f.engine.set_server_health(0, 0, {.standing = Standing::kDown, .state = "DOWN"});
  auto client = f.connect();
  client->send(kGet);
  CHECK(status_of(f.receive_page(*client)) == "503");
  CHECK(f.servers[0].accept() == nullptr);
}

TEST_CASE("a frontend without a backend serves its statistics and nothing else") {
  Fixture f;
  const base::Endpoint front = f.add_frontend({.stats_uri = "/stats"});
  auto client = f.connect(front);
  client->send("GET /stats HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(status_of(f.receive_all(*client)) == "200");
  auto other = f.connect(front);
  other->send(kGet);
  CHECK(status_of(f.receive_page(*other)) == "503");
}

TEST_CASE("a server that refuses is replaced by the next one") {
  Fixture f;
  FakeServer good;
  f.add_backend({refusing_endpoint(), good.endpoint()});
  const base::Endpoint front = f.add_frontend({.backend = 0});
  for (int i = 0; i < 4; ++i) {
    auto client = f.connect(front);
    client->send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    auto server = f.accept(good);
    (void)f.receive_until(*server, kHeadEnd);
    server->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    CHECK(status_of(f.receive_all(*client)) == "200");
  }
  const StatsSnapshot stats = f.engine.stats();
  CHECK(row_of(stats, "s1").wredis == 2);
  CHECK(row_of(stats, "s1").econ == 2);
  CHECK(row_of(stats, "s2").lbtot == 4);
}

TEST_CASE("when all tries are refused the client gets 503") {
  Fixture f;
  f.add_backend({refusing_endpoint()});
  auto client = f.connect(f.add_frontend({.backend = 0}));
  client->send(kGet);
  f.let_pass(std::chrono::milliseconds(300));
  CHECK(client->received.empty());
  f.let_pass(std::chrono::milliseconds(300));
  CHECK(status_of(f.receive_page(*client)) == "503");
  CHECK(row_of(f.engine.stats(), "s1").econ == 3);
  CHECK(f.access.lines.at(0).find(" 503 ") != std::string::npos);
  CHECK(f.access.lines.at(0).find(" SC-- ") != std::string::npos);
}

TEST_CASE("a server that does not answer in time is 504") {
  HttpFixture f;
  auto [client, server] = f.get();
  f.let_pass(seconds(49));
  CHECK(client->received.empty());
  f.let_pass(seconds(2));
  CHECK(status_of(f.receive_page(*client)) == "504");
  CHECK(f.receive_all(*server).empty());
  CHECK(f.access.lines.at(0).find(" sH-- ") != std::string::npos);
}

TEST_CASE("a malformed response is 502 and the server connection is closed") {
  for (const char* bad :
       {"HTTP/1.1 2000 OK\r\n\r\n", "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    CAPTURE(bad);
    HttpFixture f;
    auto [client, server] = f.get();
    server->send(bad);
    CHECK(status_of(f.receive_page(*client)) == "502");
    CHECK(f.receive_all(*server).empty());
    CHECK(row_of(f.engine.stats(), "BACKEND").eresp == 1);
  }
}

TEST_CASE("a body that is malformed before any of it could go on is 502") {
  HttpFixture f;
  auto [client, server] = f.get();
  server->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nhello\r\n");
  CHECK(status_of(f.receive_page(*client)) == "502");
  const StatsSnapshot stats = f.engine.stats();
  for (const char* of : {"FRONTEND", "BACKEND"}) {
    CHECK(row_of(stats, of).hrsp[1] == 0);
    CHECK(row_of(stats, of).hrsp[4] == 1);
  }
  CHECK(row_of(stats, "s1").hrsp[1] == 0);
}

TEST_CASE("a head that has left cannot be taken back, whatever becomes of its body") {
  HttpFixture f;
  auto [client, server] = f.get();
  server->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(status_of(f.receive_until(*client, kHeadEnd)) == "200");
  server->send("-1\r\nhello\r\n");
  CHECK(f.receive_all(*client).empty());
}

TEST_CASE("a server that closes before it answers is 502") {
  HttpFixture f;
  auto [client, server] = f.get();
  server->close();
  CHECK(status_of(f.receive_page(*client)) == "502");
}

TEST_CASE("a body that the server cuts short is cut for the client too") {
  for (const char* head : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    for (const bool with_reset : {false, true}) {
      CAPTURE(head);
      HttpFixture f;
      auto [client, server] = f.get();
      server->send(head);
      if (with_reset) {
        server->abort();
      } else {
        server->close();
      }
      const std::string response = f.receive_all(*client);
      CHECK(response.find("\r\n0\r\n") == std::string::npos);
      CHECK(response.find("502") == std::string::npos);
      f.settle();
      CHECK(row_of(f.engine.stats(), "BACKEND").srv_abrt == 1);
    }
  }
}

TEST_CASE("an HTTP/1.0 client sees a cut body as a reset, not as its end") {
  HttpFixture f;
  auto client = f.connect();
  client->send("GET / HTTP/1.0\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  server->close();
  (void)f.receive_all(*client);
  CHECK(client->reset);
}

TEST_CASE("a request that dies on a kept connection is sent again on a new one") {
  HttpFixture f;
  auto [client, server] = f.get();
  f.answer(*server, *client);
  client->send(kGet);
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
  server->close();
  auto second = f.accept();
  CHECK(f.receive_until(*second, kHeadEnd) == kGet);
  second->send(kHello);
  CHECK(f.receive_until(*client, "hello") == kHello);
}

TEST_CASE("a request that is not idempotent is not sent twice") {
  HttpFixture f;
  auto [client, server] = f.get();
  f.answer(*server, *client);
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
  (void)f.receive_until(*server, "hi");
  server->close();
  CHECK(status_of(f.receive_page(*client)) == "502");
  f.settle();
  CHECK(f.servers[0].accept() == nullptr);
}

TEST_CASE("a kept connection that the server has closed is not used") {
  HttpFixture f;
  auto [client, server] = f.get();
  f.answer(*server, *client);
  server->close();
  // The same turn of the loop brings the server's FIN and the next request.
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
  CHECK(f.receive_until(*f.accept(), "hi").starts_with("POST"));
}

TEST_CASE("a kept server connection is closed when its time is up") {
  HttpFixture f;
  auto [client, server] = f.get();
  f.answer(*server, *client);
  f.let_pass(seconds(5));
  CHECK(f.receive_all(*server).empty());
  client->send(kGet);
  CHECK(f.receive_until(*f.accept(), kHeadEnd) == kGet);
}

TEST_CASE("bytes behind a response end the server connection") {
  HttpFixture f;
  auto [client, server] = f.get();
  server->send(std::string(kHello) + "surplus");
  CHECK(f.receive_until(*client, "hello") == kHello);
  client->send(kGet);
  CHECK(f.receive_until(*f.accept(), kHeadEnd) == kGet);
}

TEST_CASE(
    "an early response goes out before the request's body is done, and the client's "
    "connection ends") {
  HttpFixture f;
  auto client = f.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\npart");
  auto server = f.accept();
  (void)f.receive_until(*server, "part");
  server->send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  const std::string response = f.receive_all(*client);
  CHECK(status_of(response) == "403");
  CHECK(response.find("Connection: close\r\n") != std::string::npos);
  CHECK(response.ends_with("no"));
}

TEST_CASE("an early response survives a server that closes while the client still sends") {
  HttpFixture f;
  auto client = f.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send("HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
  server->close();
  client->send(std::string(100000, 'x'));
  const std::string response = f.receive_all(*client);
  CHECK(status_of(response) == "413");
  CHECK(response.ends_with("no"));
}

TEST_CASE("a client that goes away takes its server connection along") {
  HttpFixture f;
  auto [client, server] = f.get();
  client->abort();
  CHECK(f.receive_all(*server).empty());
  f.settle();
  CHECK(f.engine.session_count() == 0);
  CHECK(row_of(f.engine.stats(), "BACKEND").cli_abrt == 1);
  CHECK(row_of(f.engine.stats(), "BACKEND").scur == 0);
  CHECK(row_of(f.engine.stats(), "s1").scur == 0);
}

TEST_CASE("a client that stops in the middle of its body gets 408") {
  HttpFixture f;
  auto client = f.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  auto server = f.accept();
  (void)f.receive_until(*server, "half");
  f.let_pass(seconds(51));
  CHECK(status_of(f.receive_all(*client)) == "408");
  CHECK(f.receive_all(*server).empty());
}

TEST_CASE("a client that closes in the middle of its body is not taken for done") {
  HttpFixture f;
  auto client = f.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, "half\r\n");
  client->close();
  CHECK(f.receive_all(*server).empty());
}

TEST_CASE("a request head that does not become complete in time is 408") {
  HttpFixture f;
  auto client = f.connect();
  client->send("GET / HTTP/1.1\r\nHost:");
  f.let_pass(seconds(6));
  client->send(" a\r\nX: y");  // more bytes do not buy more time
  f.let_pass(seconds(5));
  CHECK(status_of(f.receive_all(*client)) == "408");
}

TEST_CASE("an idle connection is closed without a word") {
  HttpFixture f;
  auto client = f.connect();
  f.settle();
  f.let_pass(seconds(11));
  CHECK(f.receive_all(*client).empty());
  CHECK(f.access.lines.empty());
}

TEST_CASE("an unfinished chunk of a request is a 400") {
  HttpFixture f;
  auto client = f.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
  CHECK(status_of(f.receive_all(*client)) == "400");
  CHECK(row_of(f.engine.stats(), "FRONTEND").ereq == 1);
}

TEST_CASE("bad and refused requests never reach a server") {
  const std::string long_line = "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string long_head =
      "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(17000, 'a') + "\r\n\r\n";
  const std::pair<std::string, const char*> cases[] = {
      {"nonsense\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       "400"},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"},
      {"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "405"},
      {long_line, "414"},
      {long_head, "431"},
  };
  for (const auto& [request, status] : cases) {
    CAPTURE(request.substr(0, 60));
    HttpFixture f;
    auto client = f.connect();
    client->send(request);
    CHECK(status_of(f.receive_all(*client)) == status);
    CHECK(f.servers[0].accept() == nullptr);
    CHECK(row_of(f.engine.stats(), "FRONTEND").ereq == 1);
  }
}

TEST_CASE("the largest allowed heads pass in both directions") {
  HttpFixture f(1, {}, {.forwarded_for = "X-Forwarded-For"});
  auto client = f.connect();
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const std::string filler(16384 - start.size() - 4, 'x');
  client->send(start + filler + "\r\n\r\n");
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd).find(filler) != std::string::npos);
  const std::string status = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nY: ";
  const std::string value(16384 - status.size() - 4, 'y');
  server->send(status + value + "\r\n\r\n");
  CHECK(f.receive_until(*client, kHeadEnd).find(value) != std::string::npos);
}

TEST_CASE("a response head above the limit is 502") {
  HttpFixture f;
  auto [client, server] = f.get();
  server->send("HTTP/1.1 200 OK\r\nY: " + std::string(20000, 'y') + "\r\n\r\n");
  CHECK(status_of(f.receive_page(*client)) == "502");
}

TEST_CASE("a body above the limit is 413, announced or not") {
  for (const char* request :
       {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n"}) {
    HttpFixture f(1, {.max_body_bytes = 8});
    auto client = f.connect();
    client->send(request);
    CHECK(status_of(f.receive_all(*client)) == "413");
  }
}

TEST_CASE("a server that answers Expect with silence is 504, and not the client's fault") {
  HttpFixture f(1, {.client_timeout = seconds(5)}, {.server_timeout = seconds(20)});
  auto client = f.connect();
  client->send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  f.let_pass(seconds(10));
  CHECK_FALSE(client->over());
  f.let_pass(seconds(11));
  CHECK(status_of(f.receive_page(*client)) == "504");
  CHECK(f.access.lines.at(0).find(" sH-- ") != std::string::npos);
}

TEST_CASE("a client that stays silent after 100 is 408") {
  HttpFixture f(1, {.client_timeout = seconds(5)}, {.server_timeout = seconds(20)});
  auto client = f.connect();
  client->send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(f.receive_until(*client, kHeadEnd).starts_with("HTTP/1.1 100"));
  f.let_pass(seconds(6));
  CHECK(status_of(f.receive_all(*client)) == "408");
  CHECK(f.access.lines.at(0).find(" cD-- ") != std::string::npos);
}

TEST_CASE("a server that only ever announces its response is 502") {
  HttpFixture f;
  auto [client, server] = f.get();
  for (int i = 0; i < 101; ++i) server->send("HTTP/1.1 102 Processing\r\n\r\n");
  CHECK(f.receive_page(*client).find("HTTP/1.1 502 ") != std::string::npos);
}

TEST_CASE("a frontend may set lower limits for a head") {
  const http::HeadLimits limits{.max_start_line = 64, .max_head = 128, .max_fields = 3};
  const std::pair<std::string, const char*> cases[] = {
      {"GET /" + std::string(80, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", "414"},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(100, 'a') + "\r\n\r\n", "431"},
      {"GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", "431"},
  };
  for (const auto& [request, status] : cases) {
    CAPTURE(request);
    HttpFixture f(1, {.head_limits = limits});
    auto client = f.connect();
    client->send(request);
    CHECK(status_of(f.receive_all(*client)) == status);
  }
  HttpFixture f(1, {.head_limits = limits});
  auto client = f.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n");
  CHECK(f.receive_until(*f.accept(), kHeadEnd).starts_with("GET / HTTP/1.1"));
}

TEST_CASE("a body of exactly the limit passes") {
  HttpFixture f(1, {.max_body_bytes = 8});
  auto client = f.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n12345678");
  CHECK(f.receive_until(*f.accept(), "12345678").ends_with("12345678"));
}

TEST_CASE("a head that breaks off is told as such, whatever was asked before it") {
  // What a connection needs for a request is used again by others, of other frontends too.
  HttpFixture f;
  auto [client, server] = f.get();
  f.answer(*server, *client);
  const base::Endpoint statistics = f.add_frontend({.stats_uri = "/stats"});
  auto other = f.Fixture::connect(statistics);
  other->send("GET / HT");
  f.settle();
  other->close();
  CHECK(f.run_until([&] { return f.access.lines.size() == 2; }));
  CHECK(f.access.lines.back().find(named_front("front/<NOSRV> ")) != std::string::npos);
  CHECK(f.access.lines.back().find(" CR-- ") != std::string::npos);
}

}  // namespace
}  // namespace hapair::lb::test
