// What becomes of servers by what their traffic shows, with the engine around it: who is told, and
// what ends when a server is marked down.
#include <doctest/doctest.h>

#include "liblb/core/backend.hpp"
#include "liblb/io/server_observer.hpp"
#include "tests/unit/liblb/engine_fixture.hpp"
#include "tests/unit/liblb/played_sides.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Notes what it hears, and ejects as the product does.
struct Observer final : ServerObserver {
  explicit Observer(Engine& to) : engine(to) { engine.set_observer(this); }
  ~Observer() { engine.set_observer(nullptr); }

  void on_error_limit(std::size_t backend, std::size_t server, Met last) noexcept override {
    heard += std::to_string(backend) + "/" + std::to_string(server) + ": " +
             std::string(phrase(last)) + ";";
  }
  void on_outlier(std::size_t backend, std::size_t server, OutlierDetector::Phase phase,
                  std::string /*reason*/) noexcept override {
    ServerHealth health;
    if (phase == OutlierDetector::Phase::kEjected) health.standing = Standing::kLastResort;
    health.returning = phase == OutlierDetector::Phase::kReturning;
    heard += phase == OutlierDetector::Phase::kEjected     ? "ejected;"
             : phase == OutlierDetector::Phase::kReturning ? "returning;"
                                                           : "back;";
    engine.set_server_health(backend, server, health);
  }
  void on_panic(std::size_t /*backend*/, bool begins) noexcept override {
    heard += begins ? "panic;" : "calm;";
  }
  bool on_stats_wanted(std::size_t& next, std::size_t most) noexcept override {
    if (late) engine.set_server_health(0, 0, *late);
    next += most;
    return true;
  }

  Engine& engine;
  std::optional<ServerHealth> late;  ///< of the first server; told only when statistics are wanted
  std::string heard;
};

/// One client after the other, with one request each; it is answered by the server that it reached.
struct Talk {
  explicit Talk(HttpFixture& fixture) : f(fixture) {}

  /// The server that got it, from 0.
  std::size_t ask(const std::vector<std::string>& answers) {
    auto client = f.connect();
    client->send(kGet);
    std::optional<std::size_t> got;
    CHECK(f.run_until([&] {
      for (std::size_t i = 0; i < f.servers.size() && !got; ++i) {
        if (auto peer = f.servers[i].accept()) peers.emplace_back(i, std::move(peer));
      }
      for (auto& [index, peer] : peers) {
        peer->receive();
        if (!got && peer->received.ends_with(kHeadEnd)) {
          (void)peer->take();
          peer->send(answers[index]);
          got = index;
        }
      }
      return got.has_value();
    }));
    (void)f.receive_until(*client, "hello");
    return *got;
  }

  HttpFixture& f;
  std::vector<std::pair<std::size_t, std::unique_ptr<Peer>>> peers;
};

const std::string kFails = "HTTP/1.1 503 Busy\r\nContent-Length: 5\r\n\r\nhello";

TEST_CASE("errors in a row are told outside the exchange, responses as layer 7 has them") {
  HttpFixture f(1, {}, {.observe = Observe::kLayer7, .error_limit = 2});
  Observer observer(f.engine);
  Talk talk(f);
  const std::string good(kHello);
  (void)talk.ask({kFails});
  (void)talk.ask({good});
  (void)talk.ask({kFails});
  CHECK(observer.heard.empty());
  (void)talk.ask({kFails});
  f.settle();
  CHECK(observer.heard == "0/0: Wrong http response;");
}

TEST_CASE("connections that fail are errors at layer 4, statuses are not") {
  Fixture f;
  f.add_backend({refusing_endpoint()}, {.tries = 1, .observe = Observe::kLayer4, .error_limit = 2});
  const base::Endpoint front = f.add_frontend({.backend = 0});
  Observer observer(f.engine);
  for (int i = 0; i < 2; ++i) {
    auto client = f.connect(front);
    client->send(kGet);
    CHECK(status_of(f.receive_page(*client)) == "503");
  }
  f.settle();
  CHECK(observer.heard == "0/0: L4 unsuccessful connection;");
}

TEST_CASE("what is no response, cut short or late counts at layer 7") {
  Scene s(1, {.tries = 1, .observe = Observe::kLayer7, .error_limit = 1});
  struct Watch final : BackendWatch {
    void on_error_limit(std::size_t, Met last) override { met.push_back(last); }
    void on_panic(bool) override {}
    void on_marked_down(std::size_t) override {}
    std::vector<Met> met;
  } watch;
  s.backend.set_watch(&watch);
  s.first.stands = true;
  s.begin();
  s.exchange->on_server_gone(ServerLoss::kMalformed, s.now);
  s.second.stands = true;
  s.begin();
  s.exchange->on_server_gone(ServerLoss::kSilent, s.now);
  s.third.stands = true;
  s.begin();
  (void)s.reach_deadline();
  CHECK(watch.met == std::vector{Met::kJunk, Met::kNoResponse, Met::kLateResponse});
}

TEST_CASE("a request that is sent again unnoticed says nothing against the server") {
  Scene s(1, {.observe = Observe::kLayer7, .error_limit = 1});
  struct Watch final : BackendWatch {
    void on_error_limit(std::size_t, Met) override { ++told; }
    void on_panic(bool) override {}
    void on_marked_down(std::size_t) override {}
    int told = 0;
  } watch;
  s.backend.set_watch(&watch);
  s.first.stands = s.first.kept = true;
  s.begin();
  s.exchange->on_server_gone(ServerLoss::kSilent, s.now);
  CHECK(watch.told == 0);
}

TEST_CASE("an outlier is ejected, comes back bit by bit and is one of them again") {
  HttpFixture f(2, {},
                {.outlier = OutlierSettings{.window = seconds(10),
                                            .min_requests = 4,
                                            .ejection_time = seconds(20),
                                            .return_time = seconds(30)}});
  Observer observer(f.engine);
  Talk talk(f);
  const std::vector<std::string> answers{std::string(kHello), kFails};
  for (int i = 0; i < 8; ++i) (void)talk.ask(answers);
  f.let_pass(seconds(11));
  CHECK(observer.heard == "ejected;");
  for (int i = 0; i < 4; ++i) CHECK(talk.ask(answers) == 0);
  f.let_pass(seconds(20));
  CHECK(observer.heard == "ejected;returning;");
  CHECK(*row_of(f.engine.stats(), "s2").throttle <= 5);
  f.let_pass(seconds(15));
  CHECK(*row_of(f.engine.stats(), "s2").throttle >= 49);
  int second = 0;
  for (int i = 0; i < 6; ++i) second += talk.ask({answers[0], answers[0]}) == 1 ? 1 : 0;
  CHECK(second >= 1);
  CHECK(second <= 3);
  f.let_pass(seconds(16));
  CHECK(observer.heard == "ejected;returning;back;");
  CHECK_FALSE(row_of(f.engine.stats(), "s2").throttle);
}

TEST_CASE("a slow start comes to its end though nothing else happens") {
  HttpFixture f(2, {}, {.slow_start = seconds(1)});
  f.engine.set_server_health(0, 1, {.standing = Standing::kOut});
  f.engine.set_server_health(0, 1, {});
  f.let_pass(seconds(2));
  Talk talk(f);
  const std::vector<std::string> answers(2, std::string(kHello));
  int second = 0;
  for (int i = 0; i < 4; ++i) second += talk.ask(answers) == 1 ? 1 : 0;
  CHECK(second == 2);
}

TEST_CASE("in a panic a server that is down gets its share, and the statistics say so") {
  HttpFixture f(2, {}, {.panic_threshold = 100});
  Observer observer(f.engine);
  f.engine.set_server_health(0, 1, {.standing = Standing::kDown});
  CHECK(observer.heard == "panic;");
  Talk talk(f);
  const std::vector<std::string> answers(2, std::string(kHello));
  const std::size_t one = talk.ask(answers);
  CHECK(talk.ask(answers) != one);
  CHECK(row_of(f.engine.stats(), "BACKEND").panics);
  f.engine.set_server_health(0, 1, {});
  CHECK(observer.heard == "panic;calm;");
}

TEST_CASE("statistics show a health that is told only when they are wanted") {
  HttpFixture f;
  Observer observer(f.engine);
  observer.late = ServerHealth{.checked = true, .failed_checks = 7};
  CHECK(row_of(f.engine.stats(), "s1").chkfail == 7);
}

TEST_CASE("whoever looks at servers sees a health that is told only when it is wanted") {
  HttpFixture f;
  std::size_t next = 0;
  CHECK(f.engine.refresh_healths(next, 64));
  Observer observer(f.engine);
  observer.late = ServerHealth{.checked = true, .failed_checks = 7};
  CHECK(f.engine.refresh_healths(next, 64));
  CHECK(f.engine.backend(0).server(0).health().failed_checks == 7);
}

TEST_CASE("a request that has no answer yet moves on when its server is marked down") {
  HttpFixture f(2, {}, {.close_sessions = true});
  Ends ends = f.get();
  f.engine.set_server_health(0, 0, {.standing = Standing::kDown});
  CHECK(f.receive_all(*ends.server).empty());
  auto second = f.Fixture::accept(f.servers[1]);
  (void)f.receive_until(*second, kHeadEnd);
  f.answer(*second, *ends.client);
}

TEST_CASE("a response under way is cut when its server is marked down, and the log says D") {
  HttpFixture f(2, {}, {.close_sessions = true});
  Ends ends = f.get();
  ends.server->send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
  (void)f.receive_until(*ends.client, "hello");
  f.engine.set_server_health(0, 0, {.standing = Standing::kOut});
  CHECK(f.receive_all(*ends.client).empty());
  REQUIRE(f.access.lines.size() == 1);
  CHECK(f.access.lines[0].find(" DD-- ") != std::string::npos);
}

TEST_CASE("without close_sessions, or for a server that drains, what runs goes on") {
  for (const bool closes : {false, true}) {
    CAPTURE(closes);
    HttpFixture f(2, {}, {.close_sessions = closes});
    Ends ends = f.get();
    f.engine.set_server_health(0, 0, {.standing = closes ? Standing::kDraining : Standing::kDown});
    f.settle();
    f.answer(*ends.server, *ends.client);
  }
}

TEST_CASE("many sessions of a server that is marked down end in turns") {
  HttpFixture f(2, {}, {.retry_on = {.connection_failure = false}, .close_sessions = true});
  f.engine.set_server_health(0, 1, {.standing = Standing::kDown});
  std::vector<std::unique_ptr<Peer>> clients;
  std::vector<std::unique_ptr<Peer>> taken;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(f.connect());
    clients.back()->send(kGet);
    taken.push_back(f.accept());
  }
  CHECK(row_of(f.engine.stats(), "s1").scur == 100);
  f.engine.set_server_health(0, 0, {.standing = Standing::kDown});
  for (auto& client : clients) CHECK(status_of(f.receive_page(*client)) == "503");
  CHECK(row_of(f.engine.stats(), "s1").scur == 0);
}

TEST_CASE(
    "a server that comes up slowly has little room at first, and what waits gets it in time") {
  Scene s(1, {.servers = {}, .slow_start = seconds(10)});
  BackendSettings settings;
  settings.servers.push_back({.name = "a", .endpoint = {}, .weight = 1, .max_connections = 10});
  settings.slow_start = seconds(10);
  Backend backend(settings, s.now);
  backend.set_health(0, {.standing = Standing::kDown}, s.now);
  backend.set_health(0, {}, s.now);
  struct Session final : ServerSession {
    void on_server_down(base::Instant) override {}
  } first;
  backend.begin_session(0, first, s.now);
  CHECK(backend.must_wait(false));
  backend.advance(s.now + seconds(5));
  CHECK_FALSE(backend.must_wait(false));
  CHECK(backend.next_step(s.now + seconds(5)));
  CHECK_FALSE(backend.next_step(s.now + seconds(10)));
  backend.end_session(0, first);
}

TEST_CASE("a session list is left in the order of coming, by who goes and by whom is taken") {
  struct Session final : ServerSession {
    void on_server_down(base::Instant) override {}
  };
  Session survivor;
  {
    SessionList list;
    CHECK(list.empty());
    CHECK(list.pop() == nullptr);
    Session first, third;
    list.add(first);
    {
      Session second;
      list.add(second);
    }
    list.add(third);
    list.add(survivor);
    CHECK(list.pop() == &first);
    first.unlink();  // once is enough
    third.unlink();
    CHECK_FALSE(list.empty());
  }
  survivor.unlink();
}

}  // namespace
}  // namespace hapair::lb::test
