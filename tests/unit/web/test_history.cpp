#include <doctest/doctest.h>

#include "apps/hapair/web/history.hpp"
#include "tests/unit/web/toy_traffic.hpp"

using namespace hapair;
using namespace hapair::web;
using namespace hapair::web::test;

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr std::size_t kRequests = 0;

struct World {
  explicit World(std::size_t servers = 2) : traffic(servers) {}

  void sample(base::Duration after = seconds(1)) {
    now += after;
    history.begin(now);
    pieces = 1;
    while (!history.step(traffic)) ++pieces;
  }
  [[nodiscard]] std::uint64_t front(ProxyFigure which) const {
    const SecondRing& ring = history.frontends().at(0).seconds;
    return large(ring.at(history.last()).at(static_cast<std::size_t>(which)));
  }

  ToyTraffic traffic;
  History history;
  base::Instant now = kStart;
  std::size_t pieces = 0;
};

}  // namespace

TEST_CASE("small numbers are exact, large ones right to a thousandth, and the largest is a bound") {
  for (const std::uint64_t number : {0U, 1U, 2047U}) CHECK(large(small(number)) == number);
  for (std::uint64_t number = 2048; number < kLargestSmallNumber; number = number * 3 + 1) {
    const std::uint64_t back = large(small(number));
    CHECK(back <= number);
    CHECK(number - back <= number / 1000);
  }
  CHECK(large(small(UINT64_MAX)) == kLargestSmallNumber);
}

TEST_CASE("rates are those of the second that went by, whatever was counted before") {
  World w;
  w.traffic.fronts[0].counters.requests = 1000;
  w.sample();
  CHECK(w.front(ProxyFigure::kRequests) == 0);
  w.traffic.fronts[0].counters.requests += 50;
  w.traffic.fronts[0].counters.bytes_in += 4096;
  w.traffic.fronts[0].counters.responses.count(503);
  w.traffic.fronts[0].counters.sessions.add();
  w.sample();
  CHECK(w.front(ProxyFigure::kRequests) == 50);
  CHECK(w.front(ProxyFigure::kBytesIn) == 4096);
  CHECK(w.front(ProxyFigure::kErrors) == 1);
  CHECK(w.front(ProxyFigure::kSessions) == 1);
  w.traffic.fronts[0].counters.requests += 50;
  w.sample(milliseconds(500));
  CHECK(w.front(ProxyFigure::kRequests) == 100);
  w.sample();
  CHECK(w.front(ProxyFigure::kRequests) == 0);
}

TEST_CASE("counters that begin anew give no rate out of nowhere") {
  World w;
  w.traffic.fronts[0].counters.requests = 1000;
  w.sample();
  w.traffic.fronts[0].counters.requests = 3;
  w.sample();
  CHECK(w.front(ProxyFigure::kRequests) == 0);
}

TEST_CASE("percentiles are of what came in the second alone") {
  World w;
  for (int i = 0; i < 1000; ++i) w.traffic.fronts[0].latency.total.record(seconds(2));
  w.sample();
  for (int i = 0; i < 98; ++i) w.traffic.fronts[0].latency.total.record(milliseconds(1));
  for (int i = 0; i < 2; ++i) w.traffic.fronts[0].latency.total.record(milliseconds(100));
  w.sample();
  CHECK(w.front(ProxyFigure::kP50) >= 1000);
  CHECK(w.front(ProxyFigure::kP50) <= 1150);
  CHECK(w.front(ProxyFigure::kP95) <= 1150);
  CHECK(w.front(ProxyFigure::kP99) >= 100'000);
  CHECK(w.front(ProxyFigure::kP99) <= 115'000);
  w.sample();
  CHECK(w.front(ProxyFigure::kP99) == 0);
}

TEST_CASE("rings are bounded: the oldest sample makes room") {
  World w;
  for (std::size_t i = 0; i < kSeconds + 10; ++i) {
    w.traffic.fronts[0].counters.requests += i;
    w.sample();
  }
  const SecondRing& ring = w.history.frontends()[0].seconds;
  CHECK(ring.end() - ring.begin() == kSeconds);
  CHECK_FALSE(ring.has(ring.begin() - 1));
  CHECK(large(ring.at(ring.begin()).at(kRequests)) == ring.begin() - 1);
  const ServerRing& server = w.history.backends()[0].servers[0].seconds;
  CHECK(server.end() - server.begin() == kServerSeconds);
}

TEST_CASE("each minute has its own mean") {
  World w;
  for (int i = 0; i < 125; ++i) {
    w.sample();
    w.traffic.fronts[0].counters.requests += i < 60 ? 10 : 20;
  }
  const MinuteRing& minutes = w.history.frontends()[0].minutes;
  CHECK(w.history.last() / History::kPerMinute == 2);
  REQUIRE(minutes.has(2));
  CHECK(large(minutes.at(1).at(kRequests)) == 10);
  CHECK(large(minutes.at(2).at(kRequests)) == 20);
  CHECK_FALSE(minutes.has(3));
}

TEST_CASE("a sample of many servers is taken in pieces") {
  World w(1000);
  w.sample();
  CHECK(w.pieces >= 1000 / History::kPiece);
  CHECK(w.history.last() == 1);
  CHECK(w.history.backends()[0].servers.size() == 1000);
}

TEST_CASE("a sample that is begun anew keeps what was, and what it has seen itself") {
  World w(1000);
  for (int i = 0; i < 3; ++i) {
    w.traffic.fronts[0].counters.requests += 5;
    w.sample();
  }
  w.traffic.fronts[0].counters.requests += 5;
  w.now += seconds(1);
  w.history.begin(w.now);
  REQUIRE_FALSE(w.history.step(w.traffic));
  w.sample();
  CHECK(w.history.last() == 4);
  const SecondRing& ring = w.history.frontends()[0].seconds;
  CHECK(ring.begin() == 1);
  CHECK(large(ring.at(4).at(kRequests)) == 5);
  for (const ServerTrack& each : w.history.backends()[0].servers) CHECK(each.seconds.begin() == 1);
}

TEST_CASE("a change of configuration amid a sample keeps the history") {
  World w(1000);
  w.sample();
  w.now += seconds(1);
  w.history.begin(w.now);
  REQUIRE_FALSE(w.history.step(w.traffic));
  w.traffic.generation = 2;
  w.sample();
  CHECK(w.history.frontends()[0].seconds.begin() == 1);
  CHECK(w.history.backends()[0].servers[0].seconds.begin() == 1);
  CHECK(w.history.backends()[0].servers[999].seconds.begin() == 1);
}

TEST_CASE("a server changes when its limit or its weight does") {
  World w;
  w.sample();
  const ServerTrack& track = w.history.backends()[0].servers[1];
  CHECK(track.changed == 1);
  w.traffic.backs[0]->set_limit(1, 20, w.now);
  w.sample();
  CHECK(track.changed == 2);
  w.traffic.backs[0]->set_share(1, 7, 0, w.now);
  w.sample();
  CHECK(track.changed == 3);
  w.sample();
  CHECK(track.changed == 3);
  CHECK(w.history.backends()[0].servers[0].changed == 1);
}

TEST_CASE("a server changes when what is shown of it does") {
  World w;
  w.sample();
  w.sample();
  const ServerTrack& track = w.history.backends()[0].servers[1];
  CHECK(track.changed == 1);
  w.traffic.mark(0, 1, lb::Standing::kDown, "DOWN", "connection refused");
  w.sample();
  CHECK(track.changed == 3);
  w.traffic.backs[0]->server(1).counters.sessions_total += 7;
  w.sample();
  CHECK(track.changed == 4);
  CHECK(large(track.seconds.at(4).at(kRequests)) == 7);
  CHECK(w.history.backends()[0].servers[0].changed == 1);
}

TEST_CASE("what a change of configuration keeps goes on under its name") {
  World w;
  for (int i = 0; i < 3; ++i) {
    w.traffic.fronts[0].counters.requests += 5;
    w.sample();
  }
  w.traffic.fronts.emplace_front().settings.name = "new";
  w.traffic.generation = 2;
  CHECK_FALSE(w.history.fits(w.traffic));
  w.traffic.fronts[1].counters.requests += 5;
  w.sample();
  CHECK(w.history.fits(w.traffic));
  REQUIRE(w.history.frontends().size() == 2);
  CHECK(w.history.frontends()[0].name == "new");
  const SecondRing& kept = w.history.frontends()[1].seconds;
  CHECK(kept.begin() == 1);
  CHECK(large(kept.at(4).at(kRequests)) == 5);
  CHECK(w.history.frontends()[0].seconds.begin() == 4);
  CHECK(w.history.backends()[0].servers[1].seconds.begin() == 1);
}

TEST_CASE("another server in the place of one that was removed begins anew") {
  World w;
  w.sample();
  w.traffic.backs[0]->server(1).counters.sessions_total = 100;
  w.sample();
  w.traffic.backs[0]->remove_server(1, w.now);
  w.sample();
  const ServerTrack& track = w.history.backends()[0].servers[1];
  CHECK(track.name.empty());
  CHECK(track.changed == 3);
  CHECK(w.traffic.backs[0]->add_server({.name = "other"}, w.now) == 1);
  w.sample();
  CHECK(track.name == "other");
  CHECK(track.seconds.begin() == 4);
}
