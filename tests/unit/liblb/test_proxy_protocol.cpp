// The PROXY protocol on both sides: clients behind another proxy, and servers that want to know.
#include <doctest/doctest.h>

#include <array>

#include "common/net/proxy_header.hpp"
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::seconds;

constexpr std::string_view kV1 = "PROXY TCP4 192.0.2.1 192.0.2.100 40000 80\r\n";

std::string v2(std::string_view source, std::string_view destination) {
  std::array<std::uint8_t, net::kMaxProxyWritten> room;
  const std::size_t length =
      net::write_proxy_header(room, net::ProxyVersion::kV2,
                              net::ProxiedEnds{base::Endpoint::parse(source).value(),
                                               base::Endpoint::parse(destination).value()});
  return std::string(base::as_text(base::Bytes(room).first(length)));
}

/// A frontend behind a proxy, before one server that is told of the clients in some way.
struct Proxied : Fixture {
  explicit Proxied(Mode mode = Mode::kHttp, SendProxy send_proxy = SendProxy::kNone,
                   std::optional<AcceptProxy> accept_proxy = AcceptProxy{}) {
    BackendSettings settings{.mode = mode};
    if (mode == Mode::kHttp) settings.forwarded_for = "X-Forwarded-For";
    settings.reuse = ReuseMode::kAlways;
    transport = std::make_unique<PlainTransport>();  // the header comes before any TLS
    add_backend({server.endpoint()}, settings, {.send_proxy = send_proxy});
    front = add_frontend({.mode = mode, .backend = 0}, {}, std::move(accept_proxy));
  }
  [[nodiscard]] std::unique_ptr<Peer> connect() { return Fixture::connect(front); }
  [[nodiscard]] std::unique_ptr<Peer> accept() { return Fixture::accept(server); }
  [[nodiscard]] bool refused(std::string_view bytes) {
    auto client = connect();
    client->send(bytes);
    const bool silent = receive_all(*client).empty();
    settle();
    return silent && engine.session_count() == 0 && server.accept() == nullptr;
  }
  void answer(Peer& peer, Peer& client) {
    peer.send(kHello);
    CHECK(receive_until(client, "hello") == kHello);
  }

  FakeServer server;
  base::Endpoint front;
};

TEST_CASE("the client that the header names is the client") {
  for (const std::string& header : {std::string(kV1), v2("192.0.2.1:40000", "192.0.2.100:80")}) {
    Proxied f;
    auto client = f.connect();
    client->send(header + std::string(kGet));
    auto server = f.accept();
    CHECK(f.receive_until(*server, kHeadEnd).find("X-Forwarded-For: 192.0.2.1\r\n") !=
          std::string::npos);
    f.answer(*server, *client);
    CHECK(f.access.lines.at(0).starts_with("192.0.2.1:40000 "));
    CHECK(row_of(f.engine.stats(), "FRONTEND").stot == 1);
    CHECK(row_of(f.engine.stats(), "FRONTEND").scur == 1);
  }
}

TEST_CASE("a header in pieces, and a request long after it") {
  Proxied f;
  auto client = f.connect();
  for (const char byte : kV1) {
    f.send_and_settle(*client, {&byte, 1});
  }
  f.let_pass(seconds(6));  // the header's time is over, the request's isn't
  client->send(kGet);
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd).find("192.0.2.1") != std::string::npos);
}

TEST_CASE("a header that says nothing leaves the connection its own ends") {
  Proxied f;
  auto client = f.connect();
  client->send("PROXY UNKNOWN\r\n" + std::string(kGet));
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd).find("X-Forwarded-For: 127.0.0.1\r\n") !=
        std::string::npos);
}

TEST_CASE("without a right header the connection is closed") {
  Proxied f;
  CHECK(f.refused(kGet));
  CHECK(f.refused("PROXY TCP4 192.0.2.1 nowhere 1 2\r\n"));
  CHECK(row_of(f.engine.stats(), "FRONTEND").ereq == 2);
  auto half = f.connect();
  f.send_and_settle(*half, "PROXY TCP4 192.");
  half->finish_sending();
  CHECK(f.receive_all(*half).empty());
  auto none = f.connect();
  CHECK(f.run_until([&] { return f.engine.session_count() == 1; }));
  none->close();
  CHECK(f.run_until([&] { return f.engine.session_count() == 0; }));
  CHECK(row_of(f.engine.stats(), "FRONTEND").ereq == 4);
}

TEST_CASE("a header has its time") {
  Proxied f(Mode::kHttp, SendProxy::kNone, AcceptProxy{.from = {}, .timeout = seconds(3)});
  auto client = f.connect();
  f.send_and_settle(*client, "PROXY ");
  f.let_pass(seconds(2));
  CHECK(f.engine.session_count() == 1);
  f.let_pass(seconds(2));
  CHECK(f.receive_all(*client).empty());
  CHECK(f.engine.session_count() == 0);
}

TEST_CASE("only connections from the named networks have a header") {
  const auto network = [](std::string_view text) { return base::Prefix::parse(text).value(); };
  Proxied others(Mode::kHttp, SendProxy::kNone, AcceptProxy{.from = {network("192.0.2.0/24")}});
  auto client = others.connect();
  client->send(kGet);
  auto server = others.accept();
  others.answer(*server, *client);

  Proxied ours(Mode::kHttp, SendProxy::kNone,
               AcceptProxy{.from = {network("192.0.2.0/24"), network("127.0.0.0/8")}});
  CHECK(ours.refused(kGet));
}

TEST_CASE("a header is taken off for TCP too, and what follows it arrives whole") {
  Proxied f(Mode::kTcp);
  auto client = f.connect();
  client->send(v2("[2001:db8::1]:5", "[2001:db8::2]:6") + "after");
  auto server = f.accept();
  CHECK(f.receive_bytes(*server, 5) == "after");
  client->close();
  server->close();
  f.settle();
  CHECK(f.access.lines.at(0).starts_with("2001:db8::1:5 "));
}

TEST_CASE("a connection that waits for its header is reset with the others") {
  Proxied f;
  auto client = f.connect();
  CHECK(f.run_until([&] { return f.engine.session_count() == 1; }));
  f.engine.reset_all();
  (void)f.receive_all(*client);
  CHECK(client->reset);
}

TEST_CASE("a server is told of the client, once on each connection") {
  Proxied f(Mode::kHttp, SendProxy::kV1);
  auto client = f.connect();
  client->send(std::string(kV1) + std::string(kGet));
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd).starts_with(std::string(kV1) + "GET / HTTP/1.1\r\n"));
  f.answer(*server, *client);
  client->send(kGet);
  CHECK(f.receive_until(*server, kHeadEnd).starts_with("GET /"));
  f.answer(*server, *client);
}

TEST_CASE("a connection that began with one client's name is not used for another") {
  Proxied f(Mode::kHttp, SendProxy::kV2, std::nullopt);
  auto one = f.connect();
  auto two = f.connect();
  for (Peer* client : {one.get(), two.get()}) {
    client->send(kGet);
    auto server = f.accept();
    const std::string got = f.receive_until(*server, kHeadEnd);
    const auto header = net::parse_proxy_header(base::as_bytes(got));
    REQUIRE(header.ends);
    CHECK(header.ends->source.address == loopback().address);
    CHECK(header.ends->destination == f.front);
    f.answer(*server, *client);
  }
}

TEST_CASE("a TCP server is told before the first byte") {
  Proxied f(Mode::kTcp, SendProxy::kV1);
  auto client = f.connect();
  client->send(kV1);
  auto server = f.accept();  // which may speak first
  CHECK(f.receive_until(*server, "\r\n") == kV1);
  client->send("hello");
  CHECK(f.receive_bytes(*server, 5) == "hello");
  client->close();
  server->close();
  f.settle();
  CHECK(row_of(f.engine.stats(), "s1").bin == 5);
}

}  // namespace
}  // namespace hapair::lb::test
