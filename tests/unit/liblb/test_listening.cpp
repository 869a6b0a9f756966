// What a bind and a frontend say of themselves while they listen, are full or closed.
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::seconds;

std::string status_of_row(const Fixture& f, StatsRowType type) {
  for (const StatsRow& row : f.engine.stats().rows) {
    if (row.type == type) return row.status;
  }
  return {};
}

TEST_CASE("a frontend whose binds are all closed says STOP, an open one OPEN") {
  Fixture f;
  (void)f.add_frontend({.stats_uri = "/"}, 7);
  CHECK(status_of_row(f, StatsRowType::kFrontend) == "STOP");
  CHECK(status_of_row(f, StatsRowType::kListener) == "STOP");
  f.engine.enable_binds(7);
  CHECK(status_of_row(f, StatsRowType::kFrontend) == "OPEN");
  CHECK(status_of_row(f, StatsRowType::kListener) == "OPEN");
  f.engine.disable_binds(7, true);
  CHECK(status_of_row(f, StatsRowType::kFrontend) == "STOP");
}

TEST_CASE("each time that a limit makes clients wait is counted") {
  HttpFixture f(1, {.max_connections = 1});
  CHECK(row_of(f.engine.stats(), "FRONTEND").accept_pauses == 0);
  for (unsigned i = 1; i <= 3; ++i) {
    auto client = f.connect();
    CHECK(f.run_until([&] { return f.engine.session_count() == 1; }));
    CHECK(row_of(f.engine.stats(), "FRONTEND").accept_pauses == i);
    CHECK(status_of_row(f, StatsRowType::kListener) == "FULL");
    CHECK(status_of_row(f, StatsRowType::kFrontend) == "OPEN");
    client->close();
    CHECK(f.run_until([&] { return f.engine.session_count() == 0; }));
    CHECK(status_of_row(f, StatsRowType::kListener) == "OPEN");
  }
  f.engine.begin_drain(event::now() + seconds(1), [](const DrainReport&) {});
  f.let_pass(seconds(2));
  CHECK(row_of(f.engine.stats(), "FRONTEND").accept_pauses == 3);
  CHECK(row_of(f.engine.stats(), "FRONTEND").accept_failures == 0);
}

TEST_CASE("with one accept at a time all who wait are accepted all the same") {
  Fixture f;
  const std::size_t front = f.engine.add_frontend({.stats_uri = "/"});
  net::UniqueFd socket = net::bind_tcp(loopback(), {}).value();
  const base::Endpoint at = net::local_endpoint(socket.get()).value();
  REQUIRE(f.engine.add_bind(front,
                            {.name = "one", .socket = std::move(socket), .accepts_per_turn = 1}));
  std::vector<std::unique_ptr<Peer>> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(f.connect(at));
  CHECK(f.run_until([&] { return f.engine.session_count() == clients.size(); }));
}

TEST_CASE("where both versions of HTTP are spoken, a client that says nothing is gone as soon") {
  Fixture f;
  f.transport = std::make_unique<PlainTransport>();
  const FakeServer server;
  FrontendSettings settings{.http_request_timeout = std::chrono::seconds(3)};
  settings.backend = f.add_backend({server.endpoint()});
  const auto client = f.connect(f.add_frontend(std::move(settings), {}, {}, {true, true}));
  f.let_pass(std::chrono::seconds(4));
  CHECK(f.run_until([&] {
    client->receive();
    return client->over();
  }));
}

TEST_CASE("a server's row has the limits of its check and how near it is to a change") {
  Fixture f;
  FakeServer server;
  f.add_backend({server.endpoint()}, {.max_idle_connections = 9});
  (void)f.add_frontend({.backend = 0});
  ServerHealth health{.checked = true,
                      .check_status = "L7OK",
                      .check_description = "Layer7 check passed",
                      .rise = 2,
                      .fall = 3,
                      .against = 0};
  const auto shown = [&] {
    f.engine.set_server_health(0, 0, health);
    return row_of(f.engine.stats(), "s1");
  };
  CHECK(shown().check_rise == 2);
  CHECK(shown().check_fall == 3);
  CHECK(shown().check_desc == "Layer7 check passed");
  CHECK(shown().src_ilim == 9);
  CHECK(shown().srv_icur == 0);
  CHECK(shown().check_health == 4);  // HAProxy's scale: 0 and 1 are down, 2 to 4 up
  health.against = 2;
  CHECK(shown().check_health == 2);
  health.standing = Standing::kDown;
  health.against = 1;
  CHECK(shown().check_health == 1);
  health.against = 0;
  CHECK(shown().check_health == 0);
}

}  // namespace
}  // namespace hapair::lb::test
