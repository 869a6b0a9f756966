// An engine on a real loop with clients and servers in the same thread, all driven by the test.
// Nothing sleeps: run_until() turns the loop until something holds, and time-outs come true by
// moving the engine's clock.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "liblb/core/stats_snapshot.hpp"
#include "liblb/io/access_sink.hpp"
#include "liblb/io/engine.hpp"
#include "tests/unit/liblb/fake_pages.hpp"
#include "tests/unit/liblb/peer.hpp"
#include "tests/unit/liblb/tls_peer.hpp"

namespace hapair::lb::test {

inline base::Endpoint loopback(std::uint16_t port = 0) {
  return {base::IpAddress::v4(0x7f000001), port};
}

/// A server whose every byte the test decides.
class FakeServer {
 public:
  FakeServer() : socket_(net::bind_tcp(loopback(), {}).value()) {
    endpoint_ = net::local_endpoint(socket_.get()).value();
    REQUIRE(net::start_listening(socket_.get(), 64));
  }
  [[nodiscard]] const base::Endpoint& endpoint() const { return endpoint_; }
  /// The next connection's socket; none when no connection waits.
  [[nodiscard]] net::UniqueFd accept_socket() {
    auto accepted = net::accept_one(socket_.get());
    return accepted && *accepted ? std::move((*accepted)->fd) : net::UniqueFd();
  }
  /// The next connection; nullptr when none waits.
  [[nodiscard]] std::unique_ptr<Peer> accept() {
    auto accepted = net::accept_one(socket_.get());
    if (!accepted || !*accepted) return nullptr;
    return std::make_unique<Peer>(std::move((*accepted)->fd));
  }

 private:
  net::UniqueFd socket_;
  base::Endpoint endpoint_;
};

inline std::vector<base::Endpoint> endpoints_of(const std::vector<FakeServer>& servers) {
  std::vector<base::Endpoint> endpoints;
  for (const FakeServer& server : servers) endpoints.push_back(server.endpoint());
  return endpoints;
}

/// The next connection to the server. Whoever has to do its part until then does it in run_until().
template <class Turning>
std::unique_ptr<Peer> accept_in(Turning& turning, FakeServer& server) {
  std::unique_ptr<Peer> peer;
  REQUIRE(turning.run_until([&] { return (peer = server.accept()) != nullptr; }));
  return peer;
}

/// What the peer has received, once it ends so.
template <class Turning>
std::string receive_in(Turning& turning, Peer& peer, std::string_view end) {
  const bool came = turning.run_until([&] {
    peer.receive();
    return peer.received.ends_with(end);
  });
  CAPTURE(peer.received);
  CHECK(came);
  return peer.take();
}

/// An endpoint where nobody listens.
inline base::Endpoint refusing_endpoint() {
  const net::UniqueFd socket = net::bind_tcp(loopback(), {}).value();
  return net::local_endpoint(socket.get()).value();
}

/// The whole suite runs twice: HAPAIR_TEST_OVER=tls puts each client under TLS.
inline bool over_tls() {
  const char* over = std::getenv("HAPAIR_TEST_OVER");
  return over != nullptr && std::string_view(over) == "tls";
}

/// As access lines have it; the "~" is HAProxy's.
inline std::string named_front(std::string_view rest) {
  return base::concat(over_tls() ? "front~ " : "front ", rest);
}

class RecordingSink final : public AccessSink {
 public:
  void write(const AccessRecord& record, AccessFormat format) noexcept override {
    std::string line;
    if (format == AccessFormat::kTcp) {
      append_tcp_log(line, record);
    } else if (format == AccessFormat::kJson) {
      append_json_log(line, record);
    } else {
      append_http_log(line, record);
    }
    lines.push_back(line);
  }
  std::vector<std::string> lines;
};

class Fixture {
 public:
  explicit Fixture(EngineSettings settings = {})
      : loop(event::EventLoop::create().value()),
        transport(make_transport()),
        engine(*loop, log, settings, &access) {
    engine.use_pages(&pages);
  }

  /// A backend of these endpoints, named s1, s2, ..., otherwise each as `like` says.
  std::size_t add_backend(const std::vector<base::Endpoint>& endpoints,
                          BackendSettings settings = {}, ServerSettings like = {}) {
    settings.name = "pool";
    for (const base::Endpoint& endpoint : endpoints) {
      like.name = "s" + std::to_string(settings.servers.size() + 1);
      like.endpoint = endpoint;
      settings.servers.push_back(like);
    }
    return engine.add_backend(std::move(settings));
  }

  /// A frontend on a port of its own; returns where it is.
  base::Endpoint add_frontend(FrontendSettings settings = {}, std::optional<std::size_t> group = {},
                              std::optional<AcceptProxy> accept_proxy = {},
                              Protocols protocols = {}) {
    settings.name = "front";
    const std::size_t index = engine.add_frontend(std::move(settings));
    // The kernel keeps a port over the end of listening only when it was asked for by number.
    const base::Endpoint endpoint = refusing_endpoint();
    net::UniqueFd socket = net::bind_tcp(endpoint, {}).value();
    REQUIRE(engine.add_bind(index, {.name = endpoint.to_string(),
                                    .socket = std::move(socket),
                                    .group = group,
                                    .accept_proxy = std::move(accept_proxy),
                                    .tls = bind_tls(),
                                    .protocols = protocols}));
    return endpoint;
  }

  template <class Condition>
  [[nodiscard]] bool run_until(Condition condition) {
    const base::Instant give_up = event::now() + std::chrono::seconds(5);
    while (!condition()) {
      if (event::now() > give_up) return false;
      loop->run_once();
    }
    return true;
  }
  /// Turns the loop until nothing that the test started can still be under way.
  void settle() {
    for (int i = 0; i < 50; ++i) loop->run_once();
  }

  /// Sends it all and lets the engine see it, however busy this host is.
  void send_and_settle(Peer& peer, std::string_view text) {
    std::size_t sent = 0;
    CHECK(run_until([&] {
      if (sent < text.size()) sent += peer.send(text.substr(sent));
      return sent == text.size() && peer.delivered();
    }));
    settle();
  }

  [[nodiscard]] std::unique_ptr<Peer> connect(const base::Endpoint& to) {
    return transport->connect(to);
  }
  [[nodiscard]] std::unique_ptr<Peer> accept(FakeServer& server) {
    return accept_in(*this, server);
  }
  /// Runs until the peer has received text that ends so.
  [[nodiscard]] std::string receive_until(Peer& peer, std::string_view end) {
    return receive_in(*this, peer, end);
  }
  [[nodiscard]] std::string receive_bytes(Peer& peer, std::size_t count) {
    CHECK(run_until([&] {
      peer.receive(count - peer.received.size());
      return peer.received.size() >= count;
    }));
    return peer.take();
  }
  /// An error page with its head, on a connection that goes on or not.
  [[nodiscard]] std::string receive_page(Peer& peer) { return receive_until(peer, "</html>\n"); }
  /// Runs until the connection is over; returns what came before.
  [[nodiscard]] std::string receive_all(Peer& peer) {
    CHECK(run_until([&] {
      peer.receive();
      return peer.over();
    }));
    return peer.take();
  }
  /// Moves the engine's clock on and lets what is due happen.
  void let_pass(base::Duration time) {
    settle();
    passed_ += time;
    engine.advance_time(event::now() + passed_);
    settle();
  }

  base::Logger log;
  RecordingSink access;
  std::unique_ptr<event::EventLoop> loop;
  std::unique_ptr<Transport> transport;
  FakePages pages;
  Engine engine;

 private:
  [[nodiscard]] std::unique_ptr<Transport> make_transport() {
    if (over_tls()) return std::make_unique<TlsTransport>(*loop);
    return std::make_unique<PlainTransport>();
  }
  [[nodiscard]] std::optional<BindTls> bind_tls() {
    std::shared_ptr<tls::ServerContext> context = transport->server();
    if (context == nullptr) return std::nullopt;
    return BindTls{.context = std::move(context)};
  }

  base::Duration passed_{0};
};

inline const StatsRow& row_of(const StatsSnapshot& snapshot, std::string_view svname) {
  for (const StatsRow& row : snapshot.rows) {
    if (row.svname == svname) return row;
  }
  FAIL("no row " << svname);
  return snapshot.rows.front();
}

inline std::string status_of(const std::string& response) { return response.substr(9, 3); }

/// Text of which every part is different, so that a lost or doubled piece shows.
inline std::string numbered_text(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; text.size() < bytes; ++i) text += std::to_string(i) + ",";
  text.resize(bytes);
  return text;
}

/// Sends all of `text` from one peer and receives `count` bytes at the other.
inline std::string carry(Fixture& f, Peer& from, std::string_view text, Peer& to,
                         std::size_t count) {
  CHECK(f.run_until([&] {
    text.remove_prefix(from.send(text));
    to.receive();
    return to.received.size() >= count;
  }));
  return to.take();
}

inline constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
inline constexpr std::string_view kHeadEnd = "\r\n\r\n";
inline constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// Both ends of an exchange.
struct Ends {
  std::unique_ptr<Peer> client;
  std::unique_ptr<Peer> server;
};

/// One HTTP frontend before some fake servers.
class HttpFixture : public Fixture {
 public:
  explicit HttpFixture(std::size_t server_count = 1, FrontendSettings frontend = {},
                       BackendSettings backend = {}, EngineSettings engine_settings = {})
      : Fixture(engine_settings), servers(server_count) {
    frontend.backend = add_backend(endpoints_of(servers), std::move(backend));
    front = add_frontend(std::move(frontend));
  }
  [[nodiscard]] std::unique_ptr<Peer> connect() { return Fixture::connect(front); }
  [[nodiscard]] std::unique_ptr<Peer> accept() { return Fixture::accept(servers.front()); }
  /// A new client's request has reached the server on a new connection.
  [[nodiscard]] Ends get() {
    Ends ends;
    ends.client = connect();
    ends.client->send(kGet);
    ends.server = accept();
    CHECK(receive_until(*ends.server, kHeadEnd) == kGet);
    return ends;
  }
  /// The server answers and the client has it all.
  void answer(Peer& server, Peer& client) {
    server.send(kHello);
    CHECK(receive_until(client, "hello") == kHello);
  }

  std::vector<FakeServer> servers;
  base::Endpoint front;
};

/// A request with a body and a response with the same one, both of a known length.
inline Ends carry_both_ways(HttpFixture& f, const std::string& body) {
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  Ends ends;
  ends.client = f.connect();
  ends.client->send("POST / HTTP/1.1\r\nHost: a\r\n" + length);
  ends.server = f.accept();
  (void)f.receive_until(*ends.server, kHeadEnd);
  CHECK((carry(f, *ends.client, body, *ends.server, body.size()) == body));
  const std::string whole = "HTTP/1.1 200 OK\r\n" + length + body;
  CHECK((carry(f, *ends.server, whole, *ends.client, whole.size()) == whole));
  return ends;
}

}  // namespace hapair::lb::test
