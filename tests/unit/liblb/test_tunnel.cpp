// Other protocols over HTTP/1.1 connections: the switch (RFC 9110, section 7.8), CONNECT, and the
// bytes behind them.
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kAsk =
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
constexpr std::string_view kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// A client and a server that have just switched.
Ends open_tunnel(HttpFixture& f) {
  Ends ends;
  ends.client = f.connect();
  ends.client->send(kAsk);
  ends.server = f.accept();
  (void)f.receive_until(*ends.server, kHeadEnd);
  ends.server->send(kSwitch);
  CHECK(status_of(f.receive_until(*ends.client, kHeadEnd)) == "101");
  return ends;
}

TEST_CASE("an offered protocol reaches the server, and its switch the client") {
  HttpFixture f;
  auto client = f.connect();
  client->send(kAsk);
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd) ==
        "GET /chat HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  server->send(kSwitch);
  CHECK(f.receive_until(*client, kHeadEnd) ==
        "HTTP/1.1 101 Switching Protocols\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\n\r\n");
}

TEST_CASE("after the switch bytes pass both ways as they are") {
  HttpFixture f;
  auto [client, server] = open_tunnel(f);
  client->send(std::string("\0\r\n\r\nGET", 8));
  CHECK(f.receive_until(*server, "GET") == std::string("\0\r\n\r\nGET", 8));
  server->send("HTTP/1.1 500 no response\r\n\r\n");
  CHECK(f.receive_until(*client, kHeadEnd) == "HTTP/1.1 500 no response\r\n\r\n");
  CHECK(row_of(f.engine.stats(), "BACKEND").hrsp[0] == 1);
}

TEST_CASE("what the server sends with its switch arrives behind it") {
  HttpFixture f;
  auto client = f.connect();
  client->send(std::string(kAsk) + "early");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  CHECK(server->received.empty());  // not before it has switched
  server->send(std::string(kSwitch) + "hello");
  CHECK(f.receive_until(*client, "hello").ends_with("\r\n\r\nhello"));
  CHECK(f.receive_until(*server, "early") == "early");
}

TEST_CASE("each way of a tunnel ends by itself") {
  HttpFixture f;
  auto [client, server] = open_tunnel(f);
  client->send("last");
  client->finish_sending();
  CHECK(f.receive_all(*server) == "last");
  CHECK(server->ended);
  server->send("still here");
  CHECK(f.receive_until(*client, "here") == "still here");
  server->close();
  CHECK(f.receive_all(*client).empty());
  CHECK(client->ended);
  f.settle();
  CHECK(f.engine.session_count() == 0);
  CHECK(row_of(f.engine.stats(), "s1").scur == 0);
  REQUIRE(f.access.lines.size() == 1);
  CHECK(f.access.lines[0].find(" 101 ") != std::string::npos);
  CHECK(f.access.lines[0].find(" ---- ") != std::string::npos);
  CHECK(f.access.lines[0].ends_with("\"GET /chat HTTP/1.1\""));
}

TEST_CASE("the server may finish first") {
  HttpFixture f;
  auto [client, server] = open_tunnel(f);
  server->send("bye");
  server->finish_sending();
  CHECK(f.receive_all(*client) == "bye");
  CHECK(client->ended);
  client->send("and this");
  CHECK(f.receive_until(*server, "this") == "and this");
  client->close();
  CHECK(f.receive_all(*server).empty());
  f.settle();
  CHECK(f.engine.session_count() == 0);
  CHECK(row_of(f.engine.stats(), "BACKEND").eresp == 0);
}

TEST_CASE("a reset of one side of a tunnel is a reset for the other") {
  {
    HttpFixture f;
    auto [client, server] = open_tunnel(f);
    client->abort();
    (void)f.receive_all(*server);
    CHECK(server->reset);
  }
  HttpFixture f;
  auto [client, server] = open_tunnel(f);
  server->abort();
  (void)f.receive_all(*client);
  CHECK(client->reset);
  f.settle();
  CHECK(f.access.lines.at(0).find(" SD-- ") != std::string::npos);
}

TEST_CASE("a silent tunnel lasts as long as its own time-out") {
  HttpFixture f;
  auto [client, server] = open_tunnel(f);
  f.let_pass(minutes(59));
  client->send("x");
  CHECK(f.receive_until(*server, "x") == "x");
  f.let_pass(minutes(59));
  CHECK_FALSE(client->over());
  f.let_pass(minutes(2));
  CHECK(f.receive_all(*client).empty());
  (void)f.receive_all(*server);
  f.let_pass(seconds(3));
  CHECK(f.engine.session_count() == 0);
  CHECK(f.access.lines.at(0).find(" cD-- ") != std::string::npos);
}

TEST_CASE("once one side of a tunnel has finished, the other has its fin time-out") {
  {
    HttpFixture f(1, {.client_fin_timeout = seconds(5)});
    auto [client, server] = open_tunnel(f);
    server->finish_sending();
    CHECK(f.receive_all(*client).empty());
    f.let_pass(seconds(4));
    client->send("x");
    CHECK(f.receive_until(*server, "x") == "x");
    f.let_pass(seconds(4));
    CHECK_FALSE(server->over());
    f.let_pass(seconds(2));
    (void)f.receive_all(*server);
    f.let_pass(seconds(3));
    CHECK(f.engine.session_count() == 0);
    CHECK(f.access.lines.at(0).find(" cD-- ") != std::string::npos);
  }
  HttpFixture f(1, {}, {.server_fin_timeout = seconds(5)});
  auto [client, server] = open_tunnel(f);
  client->finish_sending();
  CHECK(f.receive_all(*server).empty());
  f.let_pass(seconds(6));
  (void)f.receive_all(*client);
  f.settle();
  CHECK(f.engine.session_count() == 0);
  CHECK(f.access.lines.at(0).find(" sD-- ") != std::string::npos);
}

TEST_CASE("many bytes pass both ways at once, each way held up by its own receiver only") {
  HttpFixture f;
  auto [client, server] = open_tunnel(f);
  std::string up;
  std::string down;
  std::size_t up_sent = 0;
  std::size_t down_sent = 0;
  constexpr std::size_t kTotal = 3'000'000;
  const std::string block(50'000, 'b');
  CHECK(f.run_until([&] {
    up_sent += client->send(block.substr(0, std::min(block.size(), kTotal - up_sent)));
    down_sent += server->send(block.substr(0, std::min(block.size(), kTotal - down_sent)));
    server->receive(100'000);
    client->receive(100'000);
    up += server->take();
    down += client->take();
    return up.size() == kTotal && down.size() == kTotal;
  }));
}

TEST_CASE("an idle tunnel holds no buffer") {
  HttpFixture f(1, {}, {}, {.max_buffers = 4});
  std::vector<Ends> tunnels;
  for (int i = 0; i < 8; ++i) tunnels.push_back(open_tunnel(f));
  for (const Ends& ends : tunnels) {
    ends.client->send("ping");
    CHECK(f.receive_until(*ends.server, "ping") == "ping");
  }
  auto client = f.connect();
  client->send(kGet);
  CHECK(f.receive_until(*f.accept(), kHeadEnd) == kGet);
}

TEST_CASE("a server that does not switch answers in HTTP, and the connection goes on") {
  HttpFixture f;
  auto client = f.connect();
  client->send(kAsk);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  f.answer(*server, *client);
  client->send(kGet);
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
}

TEST_CASE("426 tells the client which protocol is wanted") {
  HttpFixture f;
  auto [client, server] = f.get();
  server->send(
      "HTTP/1.1 426 Upgrade Required\r\nUpgrade: TLS/1.2\r\nConnection: Upgrade\r\n"
      "Content-Length: 0\r\n\r\n");
  CHECK(f.receive_until(*client, kHeadEnd) ==
        "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\nConnection: Upgrade\r\n"
        "Upgrade: TLS/1.2\r\n\r\n");
}

TEST_CASE("a switch to what was not offered is a bad response") {
  for (const char* bad :
       {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket, other\r\nConnection: Upgrade\r\n"
        "\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.0 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"}) {
    CAPTURE(bad);
    HttpFixture f;
    auto client = f.connect();
    client->send(kAsk);
    auto server = f.accept();
    (void)f.receive_until(*server, kHeadEnd);
    server->send(bad);
    CHECK(status_of(f.receive_page(*client)) == "502");
    CHECK(f.receive_all(*server).empty());
  }
}

TEST_CASE("an offer that cannot go on is taken for plain HTTP") {
  for (const char* request :
       {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"}) {
    CAPTURE(request);
    HttpFixture f;
    auto client = f.connect();
    client->send(request);
    CHECK(f.receive_until(*f.accept(), kHeadEnd) == "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  HttpFixture f(1, {.upgrade = false});
  auto client = f.connect();
  client->send(kAsk);
  CHECK(f.receive_until(*f.accept(), kHeadEnd).find("Upgrade") == std::string::npos);
}

TEST_CASE("an offer with a body goes on without the offer") {
  HttpFixture f;
  auto client = f.connect();
  client->send(
      "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 2\r\n\r\n"
      "hi");
  CHECK(f.receive_until(*f.accept(), "hi") ==
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
}

TEST_CASE("draining leaves a tunnel alone until its deadline") {
  HttpFixture f;
  auto [client, server] = open_tunnel(f);
  bool drained = false;
  f.engine.begin_drain(event::now() + seconds(10), [&](const DrainReport&) { drained = true; });
  f.settle();
  client->send("x");
  CHECK(f.receive_until(*server, "x") == "x");
  CHECK_FALSE(drained);
  f.let_pass(seconds(11));
  CHECK(drained);
  f.engine.reset_all();
  (void)f.receive_all(*client);
  CHECK(client->reset);
}

constexpr std::string_view kConnect =
    "CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n";

TEST_CASE("CONNECT is refused unless the frontend allows it") {
  HttpFixture f;
  auto client = f.connect();
  client->send(kConnect);
  const std::string answer = f.receive_all(*client);
  CHECK(status_of(answer) == "405");
  CHECK(answer.find("\r\nAllow: GET, HEAD, ") != std::string::npos);
}

TEST_CASE("an allowed CONNECT makes a tunnel to the chosen server") {
  HttpFixture f(1, {.allow_connect = true});
  auto client = f.connect();
  client->send(kConnect);
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd) == kConnect);
  // What is said of a length in a success has no meaning (RFC 9110, section 9.3.6).
  server->send("HTTP/1.1 200 Connected\r\nContent-Length: 3\r\nVia: x\r\n\r\nhello");
  CHECK(f.receive_until(*client, "hello") == "HTTP/1.1 200 Connected\r\nVia: x\r\n\r\nhello");
  client->send("query");
  CHECK(f.receive_until(*server, "query") == "query");
}

TEST_CASE("a CONNECT that the server refuses is a response as any other") {
  HttpFixture f(1, {.allow_connect = true});
  auto client = f.connect();
  client->send(kConnect);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  CHECK(f.receive_until(*client, "no") == "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  client->send(kGet);
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
}

TEST_CASE("TRACE and OPTIONS go no further than they may") {
  HttpFixture f(1, {.allow_trace = true});
  auto client = f.connect();
  client->send("TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\nCookie: secret\r\n\r\n");
  const std::string trace =
      f.receive_until(*client, "\r\n\r\nTRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n");
  CHECK(trace.starts_with("HTTP/1.1 200 OK\r\nContent-Type: message/http\r\n"));
  client->send("OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n");
  CHECK(f.receive_until(*client, kHeadEnd).find("Allow: GET, HEAD, ") != std::string::npos);
  CHECK(f.servers[0].accept() == nullptr);
  client->send("OPTIONS /x HTTP/1.1\r\nHost: a\r\nMax-Forwards: 7\r\n\r\n");
  CHECK(f.receive_until(*f.accept(), kHeadEnd) ==
        "OPTIONS /x HTTP/1.1\r\nHost: a\r\nMax-Forwards: 6\r\n\r\n");
}

TEST_CASE("TRACE passes where the frontend allows it") {
  HttpFixture f(1, {.allow_trace = true});
  auto client = f.connect();
  client->send("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(f.receive_until(*f.accept(), kHeadEnd) == "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n");
}

}  // namespace
}  // namespace hapair::lb::test
