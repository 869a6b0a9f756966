// Servers that are spoken to under TLS.
#include <doctest/doctest.h>

#include "tests/unit/liblb/engine_fixture.hpp"
#include "tests/unit/memory_sink.hpp"

namespace hapair::lb::test {
namespace {

/// One server under TLS behind a frontend whose clients speak plain text.
struct Secured : Fixture {
  explicit Secured(Mode mode = Mode::kHttp, SendProxy send_proxy = SendProxy::kNone,
                   bool trusted = true) {
    transport = std::make_unique<PlainTransport>();
    const tls::test::MadeCertificate& other = stranger();
    server_context = tls::ServerContext::create({}, {parsed(made())}).value();
    client_context =
        tls::ClientContext::create(
            {.trusted = (trusted ? made() : other).certificate_pem(), .server_name = "localhost"})
            .value();
    add_backend({server.endpoint()}, {.mode = mode, .tries = 1}, {.send_proxy = send_proxy});
    engine.use_tls(0, 0, client_context);
    front = add_frontend({.mode = mode, .backend = 0});
  }

  static const tls::test::MadeCertificate& made() {
    static const tls::test::MadeCertificate kMade;
    return kMade;
  }
  static const tls::test::MadeCertificate& stranger() {
    static const tls::test::MadeCertificate kMade;
    return kMade;
  }
  static tls::Certificate parsed(const tls::test::MadeCertificate& from) {
    return tls::Certificate::parse(from.certificate_pem(), from.key_pem()).value();
  }
  /// The server's end; `greeting` bytes come before the handshake.
  [[nodiscard]] std::unique_ptr<TlsPeer> accept(std::size_t greeting = 0) {
    net::UniqueFd socket;
    REQUIRE(run_until([&] { return static_cast<bool>(socket = server.accept_socket()); }));
    std::string before(greeting, '\0');
    REQUIRE(run_until([&] {
      return greeting == 0 ||
             ::recv(socket.get(), before.data(), greeting, 0) == static_cast<ssize_t>(greeting);
    }));
    greeted = before;
    return std::make_unique<TlsPeer>(
        *loop,
        [&](std::unique_ptr<net::ByteStream> below) {
          return server_context->accept(std::move(below)).value();
        },
        std::move(socket));
  }

  FakeServer server;
  std::unique_ptr<tls::ServerContext> server_context;
  std::shared_ptr<tls::ClientContext> client_context;
  base::Endpoint front;
  std::string greeted;
};

TEST_CASE("requests reach a server under TLS, one after the other over one connection") {
  Secured f;
  auto client = f.connect(f.front);
  client->send(kGet);
  auto server = f.accept();
  for (int i = 0; i < 3; ++i) {
    CHECK(f.receive_until(*server, kHeadEnd) == kGet);
    server->send(kHello);
    CHECK(f.receive_until(*client, "hello") == kHello);
    if (i < 2) client->send(kGet);
  }
  CHECK(server->stream().version() == "TLSv1.3");
}

TEST_CASE("large bodies pass both ways under TLS to the server") {
  Secured f;
  const std::string body = numbered_text(1 << 20);
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  auto client = f.connect(f.front);
  client->send("POST / HTTP/1.1\r\nHost: a\r\n" + length);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  CHECK((carry(f, *client, body, *server, body.size()) == body));
  const std::string whole = "HTTP/1.1 200 OK\r\n" + length + body;
  CHECK((carry(f, *server, whole, *client, whole.size()) == whole));
}

TEST_CASE("the next connection resumes the session") {
  Secured f;
  for (int i = 0; i < 2; ++i) {
    auto client = f.connect(f.front);
    client->send(kGet);
    auto server = f.accept();
    (void)f.receive_until(*server, kHeadEnd);
    CHECK(server->stream().resumed() == (i == 1));
    server->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    (void)f.receive_until(*client, "hello");
    server->close();
    f.settle();
  }
}

TEST_CASE("a server that nobody vouches for gets no request, and the log tells why") {
  Secured f(Mode::kHttp, SendProxy::kNone, false);
  MemorySink sink;
  f.log.add_sink(sink, base::LogLevel::kWarning);
  for (int i = 0; i < 2; ++i) {
    auto client = f.connect(f.front);
    client->send(kGet);
    auto server = f.accept();
    CHECK(f.receive_until(*client, "</html>\n").starts_with("HTTP/1.1 503 "));
    server->receive(SIZE_MAX);
    CHECK(server->received.empty());
  }
  REQUIRE(sink.lines.size() == 1);
  CHECK(sink.lines[0].starts_with("warning server-tls-failed pool/s1: no connection, "));
  CHECK(sink.lines[0].find("certificate verify failed: self") != std::string::npos);
  CHECK(row_of(f.engine.stats(), "s1").econ == 2);
}

TEST_CASE("a server that speaks no TLS counts as one that can't be reached") {
  Secured f;
  auto client = f.connect(f.front);
  client->send(kGet);
  auto server = f.Fixture::accept(f.server);
  server->send("HTTP/1.1 200 OK\r\n\r\n");
  CHECK(f.receive_until(*client, "</html>\n").starts_with("HTTP/1.1 503 "));
}

TEST_CASE("who the client is is told before the handshake") {
  for (const Mode mode : {Mode::kHttp, Mode::kTcp}) {
    Secured f(mode, SendProxy::kV2);
    auto client = f.connect(f.front);
    client->send(kGet);
    auto server = f.accept(28);  // version 2, IPv4
    CHECK(f.greeted.starts_with("\r\n\r\n"));
    CHECK(f.receive_until(*server, kHeadEnd) == kGet);
    server->send(kHello);
    CHECK(f.receive_until(*client, "hello") == kHello);
  }
}

TEST_CASE("mode tcp: bytes and ends go both ways") {
  Secured f(Mode::kTcp);
  auto client = f.connect(f.front);
  client->send("ping");
  auto server = f.accept();
  CHECK(f.receive_bytes(*server, 4) == "ping");
  server->send("pong");
  CHECK(f.receive_bytes(*client, 4) == "pong");
  client->finish_sending();
  (void)f.receive_all(*server);
  CHECK(server->ended);
  server->finish_sending();
  (void)f.receive_all(*client);
  CHECK(client->ended);
  f.settle();
  CHECK(f.engine.session_count() == 0);
}

/// A connection in mode tcp to the first server is under way for as long as the test wants: that
/// server has it, and says nothing in its handshake.
struct UnderWay : Fixture {
  explicit UnderWay(std::size_t servers) : others(servers - 1) {
    std::vector<base::Endpoint> endpoints{silent.endpoint()};
    for (const FakeServer& other : others) endpoints.push_back(other.endpoint());
    add_backend(endpoints, {.mode = Mode::kTcp, .close_sessions = true});
    engine.use_tls(0, 0, client_context);
    client = connect(add_frontend({.mode = Mode::kTcp, .backend = 0}));
    REQUIRE(run_until([&] { return static_cast<bool>(socket = silent.accept_socket()); }));
    settle();
    engine.set_server_health(0, 0, {.standing = Standing::kDown});
  }

  std::shared_ptr<tls::ClientContext> client_context =
      tls::ClientContext::create(
          {.trusted = Secured::made().certificate_pem(), .server_name = "localhost"})
          .value();
  FakeServer silent;
  std::vector<FakeServer> others;
  std::unique_ptr<Peer> client;
  net::UniqueFd socket;
};

TEST_CASE("a connection under way when its server is marked down goes to another, as no error") {
  UnderWay f(2);
  const auto server = f.accept(f.others.front());
  f.client->send("x");
  CHECK(f.receive_bytes(*server, 1) == "x");
  const StatsSnapshot stats = f.engine.stats();
  CHECK(row_of(stats, "s1").econ == 0);
  CHECK(row_of(stats, "s1").scur == 0);
  CHECK(row_of(stats, "s1").wredis == 1);
}

TEST_CASE("a connection under way when its only server is marked down ends, as no error") {
  UnderWay f(1);
  CHECK(f.receive_all(*f.client).empty());
  CHECK(row_of(f.engine.stats(), "s1").econ == 0);
  REQUIRE(f.access.lines.size() == 1);
  CHECK(f.access.lines[0].find(" DC ") != std::string::npos);
}

}  // namespace
}  // namespace hapair::lb::test
