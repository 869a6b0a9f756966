// TCP mode: bytes both ways, half-closes, failures.
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::seconds;

struct TcpFixture : Fixture {
  explicit TcpFixture(std::vector<base::Endpoint> before = {}, BackendSettings settings = {}) {
    before.push_back(server.endpoint());
    settings.mode = Mode::kTcp;
    add_backend(before, std::move(settings));
    front = add_frontend({.mode = Mode::kTcp, .backend = 0});
  }
  [[nodiscard]] std::unique_ptr<Peer> connect() { return Fixture::connect(front); }
  [[nodiscard]] std::unique_ptr<Peer> accept() { return Fixture::accept(server); }

  FakeServer server;
  base::Endpoint front;
};

TEST_CASE("bytes pass both ways, the server may speak first") {
  TcpFixture f;
  auto client = f.connect();
  auto server = f.accept();
  server->send("220 hello\r\n");
  CHECK(f.receive_until(*client, "\r\n") == "220 hello\r\n");
  client->send(std::string_view("\0\x01\xff", 3));
  CHECK(f.receive_bytes(*server, 3) == std::string_view("\0\x01\xff", 3));
}

TEST_CASE("each side's end is passed on while the other still sends") {
  TcpFixture f;
  auto client = f.connect();
  auto server = f.accept();
  client->send("request");
  client->finish_sending();
  CHECK(f.receive_all(*server) == "request");
  CHECK(server->ended);
  server->send("response");
  CHECK(f.receive_until(*client, "response") == "response");
  CHECK_FALSE(client->over());
  server->close();
  CHECK(f.receive_all(*client).empty());
  CHECK(client->ended);
  f.settle();
  CHECK(f.engine.session_count() == 0);
  CHECK(row_of(f.engine.stats(), "s1").bin == 7);
  CHECK(row_of(f.engine.stats(), "s1").bout == 8);
}

TEST_CASE("a reset of the server is a reset for the client") {
  TcpFixture f;
  auto client = f.connect();
  auto server = f.accept();
  client->send("x");
  (void)f.receive_bytes(*server, 1);
  server->abort();
  (void)f.receive_all(*client);
  CHECK(client->reset);
}

TEST_CASE("a reset of the client ends the server's connection") {
  TcpFixture f;
  auto client = f.connect();
  auto server = f.accept();
  server->send("x");
  (void)f.receive_bytes(*client, 1);
  client->abort();
  (void)f.receive_all(*server);
  f.settle();
  CHECK(f.engine.session_count() == 0);
}

TEST_CASE("a refusing server is replaced by the next one in TCP mode too") {
  TcpFixture f({refusing_endpoint()});
  for (int i = 0; i < 2; ++i) {
    auto client = f.connect();
    auto server = f.accept();
    client->send("x");
    CHECK(f.receive_bytes(*server, 1) == "x");
  }
  CHECK(row_of(f.engine.stats(), "s1").wredis == 1);
}

TEST_CASE("without a usable server the connection is closed") {
  TcpFixture f;
  f.engine.set_server_health(0, 0, {.standing = Standing::kDown});
  auto client = f.connect();
  CHECK(f.receive_all(*client).empty());
}

TEST_CASE("a connection whose server is marked down is reset where sessions are to end") {
  TcpFixture f({}, {.close_sessions = true});
  auto client = f.connect();
  auto server = f.accept();
  client->send("x");
  (void)f.receive_bytes(*server, 1);
  f.engine.set_server_health(0, 0, {.standing = Standing::kDown});
  CHECK(f.receive_all(*client).empty());
  CHECK(f.receive_all(*server).empty());
  REQUIRE(f.access.lines.size() == 1);
  CHECK(f.access.lines[0].find(" DD ") != std::string::npos);
}

TEST_CASE("a connection that is silent for too long is closed") {
  TcpFixture f;
  auto client = f.connect();
  auto server = f.accept();
  client->send("x");
  (void)f.receive_bytes(*server, 1);
  f.let_pass(seconds(3500));
  CHECK_FALSE(client->over());
  f.let_pass(seconds(200));
  CHECK(f.receive_all(*client).empty());
  CHECK(f.receive_all(*server).empty());
}

TEST_CASE("once a side has finished, the other has its fin time-out") {
  for (const bool client_first : {true, false}) {
    CAPTURE(client_first);
    TcpFixture f;
    auto client = f.connect();
    auto server = f.accept();
    client->send("x");
    (void)f.receive_bytes(*server, 1);
    Peer& first = client_first ? *client : *server;
    Peer& second = client_first ? *server : *client;
    first.finish_sending();
    CHECK(f.receive_all(second).empty());
    f.let_pass(seconds(28));
    second.send("y");  // what still comes buys time
    CHECK(f.receive_bytes(first, 1) == "y");
    f.let_pass(seconds(28));
    CHECK(f.engine.session_count() == 1);
    f.let_pass(seconds(4));
    f.settle();
    CHECK(f.engine.session_count() == 0);
    CHECK(f.access.lines.at(0).find(client_first ? " sD " : " cD ") != std::string::npos);
  }
}

TEST_CASE("a TCP connection leaves one line in the tcplog format") {
  TcpFixture f;
  auto client = f.connect();
  auto server = f.accept();
  server->send("bye");
  server->close();
  (void)f.receive_all(*client);
  client->close();
  f.settle();
  REQUIRE(f.access.lines.size() == 1);
  CHECK(f.access.lines[0].find(named_front("pool/s1 ")) != std::string::npos);
  CHECK(f.access.lines[0].find(" 3 -- ") != std::string::npos);
}

TEST_CASE("what a server said before it went away reaches a client that is still sending") {
  TcpFixture f;
  auto client = f.connect();
  auto server = f.accept();
  const std::string upload(1 << 20, 'u');
  for (int i = 0; i < 16; ++i) {  // more than the sockets between them hold
    (void)client->send(upload);
    f.settle();
  }
  server->send("too busy");
  server->close();  // with unread bytes: a reset
  CHECK(f.receive_all(*client) == "too busy");
  f.settle();
  CHECK(f.engine.session_count() == 0);
  CHECK(row_of(f.engine.stats(), "s1").srv_abrt == 1);
  CHECK(f.access.lines.at(0).find(" SD ") != std::string::npos);
}

TEST_CASE("a reset that comes together with bytes is seen soon after them") {
  TcpFixture f;
  auto client = f.connect();
  auto server = f.accept();
  server->send("bye");
  server->abort();
  CHECK(f.receive_bytes(*client, 3) == "bye");
  f.let_pass(std::chrono::seconds(2));
  (void)f.receive_all(*client);
  CHECK(client->reset);
  CHECK(f.access.lines.at(0).find(" SD ") != std::string::npos);

  TcpFixture g;
  auto leaving = g.connect();
  auto other = g.accept();
  leaving->send("bye");
  leaving->abort();
  CHECK(g.receive_bytes(*other, 3) == "bye");
  g.let_pass(std::chrono::seconds(2));
  (void)g.receive_all(*other);
  CHECK(g.access.lines.at(0).find(" CD ") != std::string::npos);
}

TEST_CASE("a client that goes away while it is sent to is told as the client's end") {
  TcpFixture f;
  auto client = f.connect();
  auto server = f.accept();
  const std::string download(1 << 20, 'd');
  for (int i = 0; i < 16; ++i) {
    (void)server->send(download);
    f.settle();
  }
  client->abort();
  (void)f.receive_all(*server);
  f.settle();
  CHECK(server->reset);
  CHECK(row_of(f.engine.stats(), "s1").srv_abrt == 0);
  CHECK(f.access.lines.at(0).find(" CD ") != std::string::npos);
}

TEST_CASE("a client that resets before its server's connection stands frees both") {
  Fixture f;
  f.add_backend({refusing_endpoint()}, {.mode = Mode::kTcp});
  auto client = f.connect(f.add_frontend(
      {.mode = Mode::kTcp, .backend = 0, .access_format = AccessFormat::kTcp, .log_null = true}));
  f.send_and_settle(*client, "x");
  client->abort();
  REQUIRE(f.run_until([&] { return f.access.lines.size() == 1; }));
  CHECK(f.access.lines[0].find(" CC ") != std::string::npos);
  CHECK(f.engine.session_count() == 0);
}

}  // namespace
}  // namespace hapair::lb::test
