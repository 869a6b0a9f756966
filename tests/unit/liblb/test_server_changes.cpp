// Servers that are added and removed while traffic runs.
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

bool has_row(const StatsSnapshot& stats, std::string_view name) {
  return std::ranges::any_of(stats.rows, [&](const StatsRow& row) { return row.svname == name; });
}

/// A server named "new" before that fake one, up.
std::size_t add_up(Fixture& f, const FakeServer& server) {
  const std::size_t index = f.engine.add_server(0, {.name = "new", .endpoint = server.endpoint()});
  f.engine.set_server_health(0, index, {.standing = Standing::kUp});
  return index;
}

TEST_CASE("a server that is added serves, and one that is removed finishes what it has") {
  HttpFixture f;
  FakeServer late;
  Ends ends = f.get();
  add_up(f, late);
  f.engine.remove_server(0, 0);
  CHECK(row_of(f.engine.stats(), "s1").status == "DRAIN");

  auto other = f.connect();
  other->send(kGet);
  auto server = f.Fixture::accept(late);
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
  f.answer(*server, *other);

  f.answer(*ends.server, *ends.client);
  CHECK(f.receive_all(*ends.server).empty());  // its connection is not kept
  // The keep-alive client goes on with the server that is there.
  ends.client->send(kGet);
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
  f.answer(*server, *ends.client);
  CHECK_FALSE(has_row(f.engine.stats(), "s1"));
  CHECK(f.access.lines.size() == 3);
  CHECK(f.access.lines.at(1).find("pool/s1 ") != std::string::npos);
}

TEST_CASE("kept connections to a server that is removed are closed") {
  HttpFixture f(2);
  Ends ends = f.get();
  f.answer(*ends.server, *ends.client);
  CHECK(row_of(f.engine.stats(), "s1").idle_conn_cur == 1);
  f.engine.remove_server(0, 0);
  CHECK(f.receive_all(*ends.server).empty());
  CHECK_FALSE(has_row(f.engine.stats(), "s1"));
}

TEST_CASE("a panic does not keep connections to a server that is removed") {
  HttpFixture f(3, {}, {.panic_threshold = 100});
  Ends ends = f.get();
  f.engine.remove_server(0, 0);
  f.engine.set_server_health(0, 1, {.standing = Standing::kDown, .state = "DOWN"});
  CHECK(row_of(f.engine.stats(), "BACKEND").panics);
  f.answer(*ends.server, *ends.client);
  CHECK(f.receive_all(*ends.server).empty());
}

TEST_CASE("the place of a server that is gone is used again, with nothing of it left") {
  HttpFixture f;
  Ends ends = f.get();
  f.answer(*ends.server, *ends.client);
  ends.client->close();
  f.settle();
  f.engine.remove_server(0, 0);
  f.settle();
  FakeServer late;
  CHECK(add_up(f, late) == 0);
  const StatsSnapshot stats = f.engine.stats();
  CHECK(row_of(stats, "new").stot == 0);
  CHECK(row_of(stats, "new").addr == late.endpoint().to_string());
  auto client = f.connect();
  client->send(kGet);
  auto server = f.Fixture::accept(late);
  (void)f.receive_until(*server, kHeadEnd);
  f.answer(*server, *client);
}

TEST_CASE("a tcp connection to a server that is removed lives on, and its line names it") {
  Fixture f;
  FakeServer first;
  FakeServer late;
  f.add_backend({first.endpoint()}, {.mode = Mode::kTcp});
  const base::Endpoint front =
      f.add_frontend({.mode = Mode::kTcp, .backend = 0, .access_format = AccessFormat::kTcp});
  auto client = f.connect(front);
  client->send("ping");
  auto server = f.accept(first);
  CHECK(f.receive_until(*server, "ping") == "ping");
  f.engine.remove_server(0, 0);
  CHECK(add_up(f, late) == 1);
  server->send("pong");
  CHECK(f.receive_until(*client, "pong") == "pong");
  client->close();
  CHECK(f.receive_all(*server).empty());
  server->close();
  REQUIRE(f.run_until([&] { return !f.access.lines.empty(); }));
  CHECK(f.access.lines.at(0).find("pool/s1 ") != std::string::npos);
  f.settle();
  FakeServer third;
  CHECK(f.engine.add_server(0, {.name = "third", .endpoint = third.endpoint()}) == 0);
}

TEST_CASE("a backend that has lost its last server serves again with a new one") {
  HttpFixture f;
  f.engine.remove_server(0, 0);
  auto refused = f.connect();
  refused->send(kGet);
  CHECK(status_of(f.receive_page(*refused)) == "503");
  FakeServer late;
  add_up(f, late);
  auto client = f.connect();
  client->send(kGet);
  auto server = f.Fixture::accept(late);
  (void)f.receive_until(*server, kHeadEnd);
  f.answer(*server, *client);
}

TEST_CASE("a server without an address shows none") {
  HttpFixture f;
  const std::size_t index = f.engine.add_server(0, {.name = "web"});
  f.engine.set_server_health(0, index, {.standing = Standing::kOut, .state = "RESOLVING"});
  const StatsSnapshot stats = f.engine.stats();
  CHECK(row_of(stats, "web").status == "RESOLVING");
  CHECK(row_of(stats, "web").addr.empty());
}

}  // namespace
}  // namespace hapair::lb::test
