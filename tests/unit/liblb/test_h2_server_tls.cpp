// Servers under TLS that agree to a version of HTTP by ALPN (RFC 7301).
#include "tests/unit/liblb/h2_server.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::test;

namespace {

/// One server under TLS that is offered `protocols`, and knows `knows`.
struct Secured : H2BackFixture {
  Secured(Protocols protocols, std::vector<std::string> knows) : H2BackFixture(0) {
    servers.resize(1);
    transport = std::make_unique<PlainTransport>();
    static const tls::test::MadeCertificate kMade;
    tls::ServerSettings server;
    server.policy.alpn = std::move(knows);
    server_context =
        tls::ServerContext::create(std::move(server), {tls::test::parsed(kMade)}).value();
    tls::ClientSettings client{.trusted = kMade.certificate_pem(), .server_name = "localhost"};
    if (protocols.http2) client.policy.alpn.emplace_back("h2");
    if (protocols.http1) client.policy.alpn.emplace_back("http/1.1");
    client_context = tls::ClientContext::create(std::move(client)).value();
    FrontendSettings frontend;
    frontend.backend = add_backend({servers[0].endpoint()}, {.tries = 1}, {.protocols = protocols});
    engine.use_tls(*frontend.backend, 0, client_context);
    frontend.name = "plain";
    const std::size_t index = engine.add_frontend(frontend);
    where = refusing_endpoint();
    REQUIRE(engine.add_bind(index, {.name = "plain", .socket = net::bind_tcp(where, {}).value()}));
  }
  [[nodiscard]] std::unique_ptr<Peer> ask(std::string_view request = kGet) {
    auto client = std::make_unique<Peer>(net::connect_tcp(where).value());
    client->send(request);
    return client;
  }
  [[nodiscard]] std::unique_ptr<TlsPeer> accept_tls() {
    net::UniqueFd socket;
    REQUIRE(run_until([&] { return static_cast<bool>(socket = servers[0].accept_socket()); }));
    auto peer = std::make_unique<TlsPeer>(
        *loop,
        [&](std::unique_ptr<net::ByteStream> below) {
          return server_context->accept(std::move(below)).value();
        },
        std::move(socket));
    REQUIRE(run_until([&] { return peer->open() || peer->over(); }));
    return peer;
  }

  std::unique_ptr<tls::ServerContext> server_context;
  std::shared_ptr<tls::ClientContext> client_context;
  base::Endpoint where;
};

constexpr std::string_view kWebSocket =
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

}  // namespace

TEST_CASE("under TLS the server's choice decides which version is spoken") {
  Secured f({.http1 = true, .http2 = true}, {"h2", "http/1.1"});
  auto client = f.ask();
  H2Server server(f.accept_tls());
  f.turns.push_back([&] { server.turn(); });
  H2Served& request = f.next(server);
  CHECK(request.field(":scheme") == "https");
  request.hello();
  CHECK(f.receive_until(*client, "hello").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a server that chooses HTTP/1.1 is spoken to so, each request over its own connection") {
  Secured f({.http1 = true, .http2 = true}, {"http/1.1"});
  auto first = f.ask();
  auto second = f.ask();
  for (int i = 0; i < 2; ++i) {
    auto server = f.accept_tls();
    CHECK(f.receive_until(*server, kHeadEnd) == kGet);
    server->send(kHello);
    f.turns.push_back([kept = std::shared_ptr<TlsPeer>(std::move(server))] {});
  }
  (void)f.receive_until(*first, "hello");
  (void)f.receive_until(*second, "hello");
  first->send(kGet);  // over a kept one
  f.settle();
  CHECK(f.servers[0].accept() == nullptr);
}

TEST_CASE("a server that must speak HTTP/2 and does not agree to it can't be reached") {
  Secured f({.http1 = false, .http2 = true}, {});
  auto client = f.ask();
  auto server = f.accept_tls();
  CHECK(f.receive_until(*client, "</html>\n").starts_with("HTTP/1.1 503 "));
  server->receive(SIZE_MAX);
  CHECK(server->received.empty());
}

TEST_CASE("a WebSocket goes over HTTP/1.1 where both are spoken and HTTP/2 is not known to do") {
  Secured f({.http1 = true, .http2 = true}, {"h2", "http/1.1"});
  auto client = f.ask(kWebSocket);
  auto server = f.accept_tls();
  CHECK(server->stream().protocol() == "http/1.1");
  CHECK(f.receive_until(*server, kHeadEnd).starts_with("GET /chat HTTP/1.1\r\n"));
}
