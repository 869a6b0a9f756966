// How many connections one client address may have.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb {
namespace {

using namespace test;

struct Limited : Fixture {
  explicit Limited(PerAddress per_address, std::optional<AcceptProxy> proxy = {}) {
    transport = std::make_unique<PlainTransport>();
    front = add_frontend(
        {.backend = add_backend({server.endpoint()}), .per_address = std::move(per_address)}, {},
        std::move(proxy));
  }
  /// A connection that has been accepted, or turned away.
  [[nodiscard]] std::unique_ptr<Peer> open(const std::string& greeting = {}) {
    auto peer = connect(front);
    if (!greeting.empty()) peer->send(greeting);
    settle();
    return peer;
  }
  [[nodiscard]] bool gone(Peer& peer) {
    peer.receive();
    return peer.over();
  }
  [[nodiscard]] StatsRow row() { return row_of(engine.stats(), "FRONTEND"); }

  FakeServer server;
  base::Endpoint front;
};

TEST_CASE(
    "what is over an address's limit is closed and counted, and a place that is free serves") {
  Limited f({.max_connections = 2});
  const auto first = f.open();
  const auto second = f.open();
  const auto third = f.open();
  CHECK_FALSE(f.gone(*first));
  CHECK_FALSE(f.gone(*second));
  CHECK(f.gone(*third));
  CHECK(third->reset);
  CHECK(f.row().dcon == 1);
  CHECK(f.row().scur == 2);
  CHECK(f.row().stot == 2);
  CHECK(f.engine.stats().rows.at(1).dcon == 1);
  first->close();
  CHECK(f.run_until([&] { return f.row().scur == 1; }));
  const auto fourth = f.open();
  CHECK_FALSE(f.gone(*fourth));
}

TEST_CASE("networks may be without limit") {
  Limited f({.max_connections = 1, .except = {base::Prefix::parse("127.0.0.0/8").value()}});
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 5; ++i) peers.push_back(f.open());
  for (const auto& peer : peers) CHECK_FALSE(f.gone(*peer));
  CHECK(f.row().dcon == 0);
}

TEST_CASE("behind a proxy it is the client that it names who counts") {
  Limited f({.max_connections = 1}, AcceptProxy{});
  const auto named = [](const std::string& address) {
    return "PROXY TCP4 " + address + " 192.0.2.200 1000 80\r\n";
  };
  const auto silent = f.open();  // has not said whose it is
  const auto first = f.open(named("192.0.2.1"));
  const auto second = f.open(named("192.0.2.1"));
  const auto other = f.open(named("192.0.2.2"));
  CHECK_FALSE(f.gone(*silent));
  CHECK_FALSE(f.gone(*first));
  CHECK(f.gone(*second));
  CHECK_FALSE(f.gone(*other));
  CHECK(f.row().dcon == 1);
  CHECK(f.row().scur == 3);
  first->close();
  CHECK(f.run_until([&] { return f.row().scur == 2; }));
  const auto again = f.open(named("192.0.2.1"));
  CHECK_FALSE(f.gone(*again));
}

TEST_CASE("the log tells of it once, then how many there were") {
  Limited f({.max_connections = 1});
  struct Lines final : base::LogSink {
    void write(const base::LogRecord& record) noexcept override {
      all.emplace_back(record.message);
    }
    std::vector<std::string> all;
  } sink;
  f.log.add_sink(sink, base::LogLevel::kWarning);
  const std::vector<std::string>& lines = sink.all;
  const auto first = f.open();
  for (int i = 0; i < 3; ++i) (void)f.open();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("127.0.0.1 has its number of connections"));
  f.let_pass(std::chrono::minutes(2));
  const auto second = f.open();
  (void)f.open();
  REQUIRE(lines.size() == 2);
  CHECK(lines[1].find("; 2 others") != std::string::npos);
}

}  // namespace
}  // namespace hapair::lb
