// Two engines on two loops in two threads know nothing of each other: there is no global state, so
// more workers can be added. Under ThreadSanitizer (./dev ci) any that came in would show.
#include <array>
#include <thread>

#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

constexpr int kRequests = 200;
constexpr std::size_t kBodyBytes = 300'000;

/// What one thread has seen; doctest's own checks stay in the main thread.
struct Outcome {
  std::uint64_t requests = 0;
  std::uint64_t bytes_out = 0;
  std::size_t lines = 0;
  bool whole = true;
};

/// One server end, one client end, a backend and both kinds of frontend, all in this thread.
class Node {
 public:
  explicit Node(char name) : body_(kBodyBytes, name), loop_(event::EventLoop::create().value()) {
    BackendSettings http{.name = "pool"};
    http.servers.push_back({.name = "s1", .endpoint = server_.endpoint()});
    BackendSettings tcp{.name = "plain", .mode = Mode::kTcp};
    tcp.servers.push_back({.name = "s1", .endpoint = server_.endpoint()});
    http_front_ = add_frontend(engine_.add_backend(std::move(http)), Mode::kHttp);
    tcp_front_ = add_frontend(engine_.add_backend(std::move(tcp)), Mode::kTcp);
  }

  Outcome run() {
    Outcome outcome;
    for (int i = 0; i < kRequests; ++i) {
      const bool long_one = i % 20 == 0;
      const std::string body = long_one ? body_ : std::string("short");
      outcome.whole = outcome.whole && exchange(http_front_, body) && exchange(tcp_front_, body);
    }
    const StatsSnapshot stats = engine_.stats();
    for (const StatsRow& row : stats.rows) {
      if (row.svname != "FRONTEND") continue;
      outcome.bytes_out += row.bout.value_or(0);
      outcome.requests += row.req_tot.value_or(0);
    }
    outcome.lines = access_.lines.size();
    return outcome;
  }

 private:
  base::Endpoint add_frontend(std::size_t backend, Mode mode) {
    const std::size_t index =
        engine_.add_frontend({.name = "front", .mode = mode, .backend = backend});
    net::UniqueFd socket = net::bind_tcp(loopback(), {}).value();
    const base::Endpoint at = net::local_endpoint(socket.get()).value();
    engine_.add_bind(index, {.name = "bind", .socket = std::move(socket), .group = {}}).value();
    return at;
  }

  /// One request on connections of its own; false when what came was not what the server said.
  bool exchange(const base::Endpoint& front, const std::string& body) {
    Peer client(net::connect_tcp(front).value());
    const std::string request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    std::string response =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    std::string_view to_send = request;
    std::string_view to_answer = response;
    const base::Instant give_up = event::now() + std::chrono::seconds(60);
    while (!client.received.ends_with(body) || !to_answer.empty()) {
      if (event::now() > give_up) return false;
      to_send.remove_prefix(client.send(to_send));
      if (auto accepted = server_.accept()) peer_ = std::move(accepted);
      if (peer_) peer_->receive();
      if (peer_ && peer_->received.ends_with("\r\n\r\n"))
        to_answer.remove_prefix(peer_->send(to_answer));
      client.receive();
      loop_->run_once();
    }
    peer_->received.clear();
    return true;
  }

  std::string body_;
  FakeServer server_;
  base::Logger log_;
  RecordingSink access_;
  std::unique_ptr<event::EventLoop> loop_;
  Engine engine_{*loop_, log_, {}, &access_};
  std::unique_ptr<Peer> peer_;
  base::Endpoint http_front_;
  base::Endpoint tcp_front_;
};

TEST_CASE("two engines in two threads serve as each alone does") {
  std::array<Outcome, 2> outcomes;
  {
    std::jthread first([&] { outcomes[0] = Node('a').run(); });
    std::jthread second([&] { outcomes[1] = Node('b').run(); });
  }
  for (const Outcome& outcome : outcomes) {
    CHECK(outcome.whole);
    CHECK(outcome.requests == kRequests);
    CHECK(outcome.bytes_out > 2 * kRequests / 20 * kBodyBytes);
    CHECK(outcome.lines > kRequests);
  }
}

}  // namespace
}  // namespace hapair::lb::test
