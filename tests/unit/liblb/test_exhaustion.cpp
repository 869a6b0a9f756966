// What becomes of requests and connections when this node itself runs out of something: 503 where
// it can be told, R in the access log, and nothing held against the server or the client.
#include <doctest/doctest.h>

#include "tests/unit/liblb/engine_fixture.hpp"
#include "tests/unit/liblb/played_sides.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// An address that is not on this host: nothing can leave from it.
const base::IpAddress kElsewhere = base::IpAddress::v4(0xc0000201);

void check_counted_as_ours(const StatsSnapshot& stats, std::uint64_t times) {
  for (const char* of : {"s1", "BACKEND"}) {
    CHECK(row_of(stats, of).eint == times);
    CHECK(row_of(stats, of).econ == 0);
    CHECK(row_of(stats, of).eresp == 0);
  }
}

TEST_CASE("a connection that cannot leave this node: RC, with the retries") {
  for (const Mode mode : {Mode::kHttp, Mode::kTcp}) {
    CAPTURE(mode == Mode::kTcp);
    Fixture f;
    FakeServer server;
    f.add_backend({server.endpoint()}, {.mode = mode}, {.source = kElsewhere});
    const AccessFormat format = mode == Mode::kTcp ? AccessFormat::kTcp : AccessFormat::kHttp;
    auto client = f.connect(f.add_frontend({.mode = mode, .backend = 0, .access_format = format}));
    client->send(kGet);
    f.let_pass(milliseconds(300));
    f.let_pass(milliseconds(300));
    REQUIRE(f.run_until([&] { return f.access.lines.size() == 1; }));
    CHECK(f.access.lines[0].find(mode == Mode::kTcp ? " RC " : " 503 ") != std::string::npos);
    CHECK(f.access.lines[0].find(mode == Mode::kTcp ? "/2 0/0" : " RC-- ") != std::string::npos);
    CHECK(f.access.lines[0].find(" pool/s1 ") != std::string::npos);
    check_counted_as_ours(f.engine.stats(), 3);
    CHECK(server.accept() == nullptr);
  }
}

TEST_CASE("connections leave from the source that a server has") {
  for (const Mode mode : {Mode::kHttp, Mode::kTcp}) {
    Fixture f;
    FakeServer server;
    const base::IpAddress source = base::IpAddress::v4(0x7f000009);
    f.add_backend({server.endpoint()}, {.mode = mode}, {.source = source});
    auto client = f.connect(f.add_frontend({.mode = mode, .backend = 0}));
    client->send(kGet);
    CHECK(f.accept(server)->remote().address == source);
  }
}

TEST_CASE("a request that gets no buffer in its time: RR and 503, and the connection ends") {
  HttpFixture f(1, {}, {}, {.max_buffers = 4});
  std::vector<Ends> running;
  for (int i = 0; i < 2; ++i) running.push_back(f.get());
  auto client = f.connect();
  f.send_and_settle(*client, kGet);
  CHECK_FALSE(client->over());
  f.let_pass(seconds(11));
  CHECK(status_of(f.receive_all(*client)) == "503");
  REQUIRE(f.access.lines.size() == 1);
  CHECK(f.access.lines[0].find(" front/<NOSRV> -1/-1/-1/-1/") != std::string::npos);
  CHECK(f.access.lines[0].find(" RR-- ") != std::string::npos);
  CHECK(row_of(f.engine.stats(), "FRONTEND").eint == 1);
  CHECK(row_of(f.engine.stats(), "FRONTEND").ereq == 0);
  // The requests that had buffers are not disturbed.
  f.answer(*running[0].server, *running[0].client);
}

TEST_CASE("with the fewest of buffers what has begun comes to its end") {
  HttpFixture f(1, {}, {.reuse = ReuseMode::kNever}, {.max_buffers = 4});
  std::vector<Ends> running;
  for (int i = 0; i < 2; ++i) running.push_back(f.get());
  auto third = f.connect();
  f.send_and_settle(*third, kGet);
  for (const Ends& ends : running) ends.server->send("HTTP/1.1 200 OK\r\n");
  f.settle();
  for (const Ends& ends : running) {
    ends.server->send("Content-Length: 5\r\n\r\nhello");
    CHECK(f.receive_until(*ends.client, "hello") == kHello);
  }
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
}

TEST_CASE("a head that finds no buffer on its way to the server or back: RH and 503") {
  Scene to_server(1);
  to_server.first.stands = true;
  to_server.first.full = true;
  to_server.begin();
  CHECK(to_server.reach_deadline() == seconds(50));
  Scene back(1);
  back.first.stands = true;
  back.begin();
  back.client.full = true;
  CHECK_FALSE(back.respond(200));
  back.reach_deadline();
  for (Scene* scene : {&to_server, &back}) {
    CHECK(scene->client.said == "error 503;");
    CHECK(scene->exchange->report().cause == 'R');
    CHECK(scene->exchange->report().phase == 'H');
    CHECK(scene->backend.counters.internal_errors == 1);
    CHECK(scene->backend.server(0).counters.internal_errors == 1);
    CHECK(scene->backend.counters.response_errors == 0);
  }
}

TEST_CASE("an answer that found no buffer and was lost says nothing of the next try") {
  Scene s(2, {.retry_on = {.junk_response = true}});
  s.first.stands = s.second.stands = true;
  s.begin();
  s.client.full = true;
  CHECK_FALSE(s.respond(200));
  s.exchange->on_server_gone(ServerLoss::kBroken, s.now);
  CHECK(s.second.got == "GET;");
  s.reach_deadline();
  CHECK(s.client.said == "error 504;");
  CHECK(s.exchange->report().cause == 's');
}

TEST_CASE("a connection in mode tcp whose bytes find no buffer in its time: RD") {
  HttpFixture f(1, {}, {.server_timeout = hours(2)}, {.max_buffers = 4});
  FakeServer server;
  const std::size_t pool = f.add_backend({server.endpoint()}, {.mode = Mode::kTcp});
  const base::Endpoint front =
      f.add_frontend({.mode = Mode::kTcp, .backend = pool, .access_format = AccessFormat::kTcp});
  // Two requests and the beginning of a response hold the three buffers that there are for bytes
  // under way. (Full sockets would hold them only until the kernel makes more room.)
  std::vector<Ends> running;
  for (int i = 0; i < 2; ++i) running.push_back(f.get());
  running[0].server->send("HTTP/1.1 200 OK\r\n");
  REQUIRE(f.run_until([&] { return f.engine.stats().buffers_used == 3; }));
  auto client = f.Fixture::connect(front);
  auto other = f.Fixture::accept(server);
  f.send_and_settle(*client, "x");
  other->receive();
  CHECK(other->received.empty());
  f.let_pass(hours(1) + seconds(1));
  REQUIRE(f.run_until([&] { return f.access.lines.size() == 1; }));
  CHECK(f.access.lines[0].find(" RD ") != std::string::npos);
}

TEST_CASE(
    "clients wait while the others have the descriptors, and are served once there are some") {
  HttpFixture f;
  f.engine.set_descriptor_limit(4);
  auto first = f.get();
  auto second = f.get();
  auto third = f.connect();
  third->send(kGet);
  f.settle();
  CHECK(f.engine.descriptors().used == 4);
  CHECK(f.engine.descriptors().holds_clients);
  CHECK(f.engine.session_count() == 2);
  first.client->close();
  first.server->close();
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
  second.client->close();
  f.engine.set_descriptor_limit(SIZE_MAX);
  f.answer(*server, *third);
  CHECK(f.engine.descriptors().refusals == 0);
}

TEST_CASE("for a server without a descriptor idle connections to others are given up") {
  HttpFixture f(2, {}, {.tries = 3, .max_idle_connections = 4});
  auto ends = f.get();
  f.answer(*ends.server, *ends.client);
  f.settle();
  CHECK(f.engine.descriptors().used == 2);
  f.engine.set_descriptor_limit(2);
  // A connection of its client's own is used again in any case; a second server's is refused.
  ends.client->send(kGet);
  auto other = [&]() -> std::unique_ptr<Peer> {
    std::unique_ptr<Peer> peer;
    CHECK(f.run_until([&] {
      f.let_pass(milliseconds(50));
      peer = f.servers[1].accept();
      ends.server->receive();
      return peer != nullptr || !ends.server->received.empty();
    }));
    return peer;
  }();
  Peer& asked = other ? *other : *ends.server;
  CHECK(f.receive_until(asked, kHeadEnd) == kGet);
  f.answer(asked, *ends.client);
}

TEST_CASE("stages of shedding: clients wait, idle ones end, and what is under way goes on") {
  HttpFixture f(1, {}, {}, {.min_connections = 0});
  auto idle = f.get();
  f.answer(*idle.server, *idle.client);
  auto busy = f.connect();
  busy->send(kGet);
  (void)f.receive_until(*idle.server, kHeadEnd);
  f.settle();
  f.engine.shed(Shed::kClients, true);
  auto late = f.connect();
  late->send(kGet);
  f.settle();
  CHECK(f.engine.session_count() == 2);
  CHECK_FALSE(idle.client->over());
  f.engine.shed(Shed::kCaches, true);
  CHECK(f.receive_all(*idle.client).empty());
  CHECK_FALSE(idle.client->reset);
  f.answer(*idle.server, *busy);
  CHECK(f.engine.session_count() == 1);
  f.engine.shed(Shed::kNothing, false);
  CHECK(f.receive_until(*idle.server, kHeadEnd) == kGet);
  f.answer(*idle.server, *late);
}

}  // namespace
}  // namespace hapair::lb::test
