#include "liblb/io/handshakes.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb {
namespace {

using namespace test;

constexpr base::Instant kDoorTime(std::chrono::seconds(100));

/// A handshake that leaves when it is run.
struct Waiting {
  explicit Waiting(Handshakes& room)
      : handshakes(room), task(event::Callback<>::to<&Waiting::give_way>(this)) {}
  void give_way() noexcept {
    gone = true;
    handshakes.leave();
  }
  Handshakes& handshakes;
  Task task;
  bool gone = false;
};

TEST_CASE("at the limit the one that has waited longest gives way") {
  Handshakes room(2);
  Waiting first(room);
  Waiting second(room);
  for (Waiting* each : {&first, &second}) {
    CHECK(room.enter(kDoorTime));
    room.wait(each->task);
  }
  CHECK(room.enter(kDoorTime));
  CHECK(first.gone);
  CHECK_FALSE(second.gone);
  CHECK(room.under_way().current() == 2);
  CHECK(room.dropped() == 1);
}

TEST_CASE("one that waits for us keeps its place") {
  Handshakes room(1);
  Waiting busy(room);
  CHECK(room.enter(kDoorTime));
  room.wait(busy.task);
  busy.task.unqueue();
  CHECK_FALSE(room.enter(kDoorTime));
  CHECK_FALSE(busy.gone);
  CHECK(room.refused() == 1);
  CHECK(room.dropped() == 0);
  room.leave();
  CHECK(room.enter(kDoorTime));
}

TEST_CASE("those that began in the last second are counted, refused ones not") {
  Handshakes room(2);
  CHECK(room.rate(kDoorTime) == 0);
  CHECK(room.enter(kDoorTime));
  CHECK(room.enter(kDoorTime));
  CHECK_FALSE(room.enter(kDoorTime));
  CHECK(room.rate(kDoorTime) == 2);
  room.leave();
  CHECK(room.rate(kDoorTime) == 2);
  CHECK(room.rate(kDoorTime + std::chrono::seconds(3)) == 0);
}

/// A frontend under TLS, whatever the suite runs over.
struct Edge : Fixture {
  explicit Edge(EngineSettings settings, PerAddress per_address = {}) : Fixture(settings) {
    transport = std::make_unique<TlsTransport>(*loop);
    front = add_frontend(
        {.backend = add_backend({server.endpoint()}), .per_address = std::move(per_address)});
  }
  /// A client that connects and says nothing.
  [[nodiscard]] std::unique_ptr<Peer> silent() {
    auto peer = std::make_unique<Peer>(net::connect_tcp(front).value());
    settle();
    return peer;
  }
  [[nodiscard]] bool gone(Peer& peer) {
    peer.receive();
    return peer.over();
  }
  [[nodiscard]] bool serves(Peer& client) {
    client.send(kGet);
    const auto peer = accept(server);
    CHECK(receive_until(*peer, kHeadEnd) == kGet);
    peer->send(kHello);
    return receive_until(client, "hello") == kHello;
  }

  FakeServer server;
  base::Endpoint front;
};

TEST_CASE("silent clients do not keep others from their handshakes") {
  Edge f({.max_handshakes = 3});
  std::vector<std::unique_ptr<Peer>> silent;
  for (int i = 0; i < 10; ++i) silent.push_back(f.silent());
  for (int i = 0; i < 7; ++i) CHECK(f.gone(*silent[static_cast<std::size_t>(i)]));
  CHECK_FALSE(f.gone(*silent.back()));
  const auto client = f.connect(f.front);
  CHECK(f.serves(*client));
  const StatsSnapshot stats = f.engine.stats();
  CHECK(stats.handshakes == 2);
  CHECK(stats.handshakes_max == 3);
  CHECK(stats.handshakes_limit == 3);
  CHECK(stats.handshakes_rate >= 1);
  CHECK(stats.handshakes_rate <= 11);
  CHECK(stats.handshakes_dropped == 8);
  CHECK(row_of(stats, "FRONTEND").dses == 8);
}

TEST_CASE("a silent client is gone after the time for its handshake") {
  Edge f({});
  const auto silent = f.silent();
  CHECK_FALSE(f.gone(*silent));
  CHECK(f.engine.stats().handshakes == 1);
  f.let_pass(std::chrono::seconds(6));
  CHECK(f.gone(*silent));
  CHECK(f.engine.stats().handshakes == 0);
}

TEST_CASE("an address has at most its number of handshakes") {
  Edge f({}, {.max_handshakes = 2});
  const auto first = f.silent();
  const auto second = f.silent();
  const auto third = f.silent();
  CHECK_FALSE(f.gone(*first));
  CHECK_FALSE(f.gone(*second));
  CHECK(f.gone(*third));
  CHECK(row_of(f.engine.stats(), "FRONTEND").dses == 1);
  first->close();
  CHECK(f.run_until([&] { return f.engine.stats().handshakes == 1; }));
  const auto client = f.connect(f.front);
  CHECK(f.serves(*client));
  const auto other = f.connect(f.front);  // one that is done does not count
  CHECK(f.serves(*other));
}

}  // namespace
}  // namespace hapair::lb
