// Back-pressure, big bodies, limits on connections, opening and closing of binds, draining.
#include "liblb/io/drain.hpp"
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::seconds;

TEST_CASE("a big body arrives unharmed in both directions") {
  HttpFixture f;
  (void)carry_both_ways(f, numbered_text(5'000'000));
}

TEST_CASE("thousands of tiny chunks arrive as the same text") {
  HttpFixture f;
  auto client = f.connect();
  client->send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  const std::string body = numbered_text(20000);
  std::string chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (char c : body) chunks += std::string("1\r\n") + c + "\r\n";
  chunks += "0\r\n\r\n";
  std::string_view rest = chunks;
  CHECK(f.run_until([&] {
    rest.remove_prefix(server->send(rest));
    client->receive();
    return client->over();
  }));
  CHECK(client->received.ends_with("\r\n\r\n" + body));
}

TEST_CASE("a client that does not read holds the server back, with bounded memory") {
  HttpFixture f;
  auto client = f.connect();
  client->shrink_receive_buffer();
  client->send(kGet);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  const std::string body = numbered_text(45'000'000);
  const std::string response =
      "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  std::string_view rest = response;
  for (int still = 0; still < 200; ++still) {
    const std::size_t sent = server->send(rest);
    rest.remove_prefix(sent);
    if (sent > 0) still = 0;
    f.loop->run_once();
  }
  CHECK(rest.size() > 1'000'000);  // what is not in the kernel's buffers waits at the server
  CHECK((carry(f, *server, rest, *client, response.size()) == response));
}

TEST_CASE("a client that does not read for too long is dropped") {
  HttpFixture f;
  auto client = f.connect();
  client->shrink_receive_buffer();
  client->send(kGet);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send("HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n");
  const std::string piece(1'000'000, 'x');
  for (int i = 0; i < 200; ++i) {
    server->send(piece);
    f.loop->run_once();
  }
  f.let_pass(seconds(51));
  f.settle();
  CHECK(f.engine.session_count() == 0);
}

TEST_CASE("a response that its client never takes is in the access log as such") {
  Fixture f;
  f.pages.filler = 10'000;
  auto client = f.connect(f.add_frontend({.stats_uri = "/stats"}));
  client->shrink_receive_buffer();
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += "GET /stats HTTP/1.1\r\nHost: a\r\n\r\n";
  REQUIRE(client->send(requests) == requests.size());
  for (int i = 0; i < 20; ++i) f.settle();
  f.let_pass(seconds(51));
  CHECK(f.engine.session_count() == 0);
  CHECK(f.access.lines.size() < 1000);
  CHECK(f.access.lines.back().find(" cL-- ") != std::string::npos);
}

TEST_CASE("with few buffers requests wait for each other and all are served") {
  HttpFixture f(1, {}, {}, {.max_buffers = 8});
  std::vector<std::unique_ptr<Peer>> clients;
  for (int i = 0; i < 30; ++i) {
    clients.push_back(f.connect());
    clients.back()->send(kGet);
  }
  std::vector<std::unique_ptr<Peer>> servers;
  std::size_t served = 0;
  CHECK(f.run_until([&] {
    if (auto server = f.servers[0].accept()) servers.push_back(std::move(server));
    for (auto& server : servers) {
      server->receive();
      if (!server->received.ends_with(kHeadEnd)) continue;
      server->received.clear();
      server->send(kHello);
    }
    for (auto& client : clients) {
      client->receive();
      if (!client->received.ends_with("hello")) continue;
      client->received.clear();
      ++served;
    }
    return served == clients.size();
  }));
}

TEST_CASE("connections above the frontend's limit wait until one ends") {
  HttpFixture f(1, {.max_connections = 1});
  auto first = f.connect();
  f.settle();
  auto second = f.connect();
  second->send(kGet);
  f.settle();
  CHECK(f.engine.session_count() == 1);
  first->close();
  CHECK(f.receive_until(*f.accept(), kHeadEnd) == kGet);
}

TEST_CASE("connections above the engine's limit wait until one ends") {
  HttpFixture f(1, {}, {}, {.max_connections = 1});
  auto first = f.connect();
  f.settle();
  auto second = f.connect();
  second->send(kGet);
  f.settle();
  CHECK(f.engine.session_count() == 1);
  first->close();
  CHECK(f.receive_until(*f.accept(), kHeadEnd) == kGet);
}

struct GroupFixture : Fixture {
  GroupFixture() {
    add_backend({server.endpoint()}, {.reuse = ReuseMode::kAlways});
    front = add_frontend({.backend = 0}, 7);
  }
  FakeServer server;
  base::Endpoint front;
};

TEST_CASE("a bind of a group refuses until the group is enabled, and again after") {
  GroupFixture f;
  auto early = f.connect(f.front);
  CHECK(f.receive_all(*early).empty());
  CHECK(early->reset);
  f.engine.enable_binds(6);
  f.engine.enable_binds(7);
  auto client = f.connect(f.front);
  client->send(kGet);
  auto server = f.accept(f.server);
  (void)f.receive_until(*server, kHeadEnd);
  f.engine.disable_binds(7, false);
  auto late = f.connect(f.front);
  CHECK(f.receive_all(*late).empty());
  CHECK(late->reset);
  server->send(kHello);
  CHECK(f.receive_until(*client, "hello") == kHello);  // lives on
  f.engine.enable_binds(7);
  auto again = f.connect(f.front);
  again->send(kGet);
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
}

TEST_CASE("losing the group resets what came in over it and what waits to be accepted") {
  GroupFixture f;
  f.engine.enable_binds(7);
  auto client = f.connect(f.front);
  client->send(kGet);
  auto server = f.accept(f.server);
  (void)f.receive_until(*server, kHeadEnd);
  auto queued = f.connect(f.front);  // no turn of the loop until it is too late
  f.engine.disable_binds(7, true);
  CHECK(f.receive_all(*client).empty());
  CHECK(client->reset);
  CHECK(f.receive_all(*queued).empty());
  CHECK(queued->reset);
  CHECK(f.receive_all(*server).empty());
  f.settle();
  CHECK(f.engine.session_count() == 0);
}

TEST_CASE("draining closes idle connections at once and others after their response") {
  HttpFixture f;
  auto idle = f.connect();
  auto busy = f.connect();
  busy->send(kGet);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  bool drained = false;
  f.engine.begin_drain(event::now() + seconds(10), [&](const DrainReport&) { drained = true; });
  CHECK(f.receive_all(*idle).empty());
  f.settle();
  CHECK_FALSE(drained);
  server->send(kHello);
  CHECK(f.receive_all(*busy).find("Connection: close\r\n") != std::string::npos);
  f.settle();
  CHECK(drained);
}

TEST_CASE("while old connections drain, new ones are served and closed") {
  HttpFixture f;
  auto old_client = f.connect();
  old_client->send(kGet);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  f.engine.begin_drain(event::now() + seconds(10), [](const DrainReport&) {});
  auto young = f.connect();
  young->send(kGet);
  auto second = f.accept();
  (void)f.receive_until(*second, kHeadEnd);
  second->send(kHello);
  CHECK(f.receive_all(*young).ends_with("hello"));
}

TEST_CASE("draining ends at its deadline, with connections left to reset") {
  HttpFixture f;
  auto [client, server] = f.get();
  bool drained = false;
  f.engine.begin_drain(event::now() + seconds(10), [&](const DrainReport&) { drained = true; });
  f.let_pass(seconds(9));
  CHECK_FALSE(drained);
  f.let_pass(seconds(2));
  CHECK(drained);
  f.engine.reset_all();
  CHECK(f.receive_all(*client).empty());
  CHECK(client->reset);
  CHECK(f.receive_all(*server).empty());
}

TEST_CASE("a drain names what it leaves") {
  HttpFixture f;
  auto [client, server] = f.get();
  DrainReport report;
  f.engine.begin_drain(event::now() + seconds(1), [&](const DrainReport& told) { report = told; });
  f.let_pass(seconds(2));
  CHECK(report.left == 1);
  REQUIRE(report.named.size() == 1);
  CHECK(report.named.front().starts_with("127.0.0.1:"));
}

/// Makes sockets quiet itself: the tests have the right.
struct OwnQuieter final : SocketQuieter {
  void set_quiet(int fd, bool quiet) override {
    CHECK(net::set_quiet(fd, quiet));
    calls += quiet ? "quiet " : "open ";
  }
  std::string calls;
};

TEST_CASE(
    "a group's binds drain alone: new clients find nobody, and what was under way is served") {
  HttpFixture f;
  OwnQuieter quieter;
  f.engine.use_quieter(quieter);
  const base::Endpoint vip = f.add_frontend({.backend = 0}, 7);
  f.engine.enable_binds(7);
  auto elsewhere = f.connect();
  auto old_client = f.Fixture::connect(vip);
  old_client->send(kGet);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  bool drained = false;
  f.engine.drain_binds(7, {}, event::now() + seconds(10), [&](const DrainReport& report) {
    drained = true;
    CHECK(report.left == 0);
  });
  f.settle();
  CHECK(quieter.calls.empty());
  server->send(kHello);
  CHECK(f.receive_all(*old_client).find("Connection: close\r\n") != std::string::npos);
  REQUIRE(f.run_until([&] { return quieter.calls == "quiet "; }));
  CHECK_FALSE(drained);  // a handshake may be under way
  f.let_pass(HandshakeTimes::kMost);
  CHECK(drained);
  elsewhere->send(kGet);
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
  server->send(kHello);
  CHECK(f.receive_until(*elsewhere, "hello").find("Connection: close") == std::string::npos);
  // The role comes back.
  f.engine.disable_binds(7, true);
  f.engine.enable_binds(7);
  CHECK(quieter.calls == "quiet open ");
  auto back = f.Fixture::connect(vip);
  back->send(kGet);
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
}

/// What becomes at once of a client's attempt on the loopback: ECONNREFUSED, or 0 while it waits.
int attempt(const base::Endpoint& to) {
  const auto client = net::connect_tcp(to).value();
  return net::connect_error(client.get());
}

TEST_CASE("whoever comes before a drained group's address has gone is not refused") {
  HttpFixture f;
  OwnQuieter quieter;
  f.engine.use_quieter(quieter);
  const base::Endpoint vip = f.add_frontend({.backend = 0}, 7);
  CHECK(attempt(vip) == ECONNREFUSED);
  f.engine.enable_binds(7);
  bool drained = false;
  f.engine.drain_binds(7, {}, event::now() + seconds(10),
                       [&](const DrainReport&) { drained = true; });
  REQUIRE(f.run_until([&] { return quieter.calls == "quiet "; }));
  f.let_pass(HandshakeTimes::kMost);
  REQUIRE(drained);
  f.engine.disable_binds(7, true);
  CHECK(quieter.calls == "quiet ");
  CHECK(attempt(vip) == 0);
  f.engine.hold_accepts(true);  // for another process: a quiet socket goes to none
  CHECK(quieter.calls == "quiet open ");
  CHECK(attempt(vip) == ECONNREFUSED);
}

TEST_CASE("where handshakes are known to be quick, a quiet bind is soon drained") {
  HttpFixture f;
  OwnQuieter quieter;
  f.engine.use_quieter(quieter);
  const base::Endpoint vip = f.add_frontend({.backend = 0}, 7);
  f.engine.enable_binds(7);
  for (std::size_t i = 0; i < HandshakeTimes::kNeeded; ++i) {
    f.Fixture::connect(vip)->close();
    f.settle();
  }
  bool drained = false;
  f.engine.drain_binds(7, {}, event::now() + seconds(10),
                       [&](const DrainReport&) { drained = true; });
  REQUIRE(f.run_until([&] { return quieter.calls == "quiet "; }));
  CHECK_FALSE(drained);
  f.let_pass(HandshakeTimes::kLeast);
  CHECK(drained);
}

TEST_CASE("groups that leave together go quiet together: the first serves until the last is done") {
  HttpFixture f;
  OwnQuieter quieter;
  f.engine.use_quieter(quieter);
  const base::Endpoint busy = f.add_frontend({.backend = 0}, 7);
  const base::Endpoint idle = f.add_frontend({.backend = 0}, 8);
  f.engine.enable_binds(7);
  f.engine.enable_binds(8);
  auto client = f.Fixture::connect(busy);
  client->send(kGet);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  int drained = 0;
  const std::vector<std::size_t> company{7, 8};
  const auto count = [&](const DrainReport&) { ++drained; };
  for (const std::size_t each : company) {
    f.engine.drain_binds(each, company, event::now() + seconds(10), count);
  }
  f.settle();
  CHECK(quieter.calls.empty());
  auto late = f.Fixture::connect(idle);
  late->send(kGet);
  auto second = f.accept();
  (void)f.receive_until(*second, kHeadEnd);
  second->send(kHello);
  CHECK(f.receive_all(*late).find("hello") != std::string::npos);
  CHECK(quieter.calls.empty());
  server->send(kHello);
  (void)f.receive_all(*client);
  REQUIRE(f.run_until([&] { return quieter.calls == "quiet quiet "; }));
  f.let_pass(HandshakeTimes::kMost);
  CHECK(drained == 2);
}

TEST_CASE("of groups that leave together none waits longer than its time") {
  HttpFixture f;
  OwnQuieter quieter;
  f.engine.use_quieter(quieter);
  const base::Endpoint busy = f.add_frontend({.backend = 0}, 7);
  (void)f.add_frontend({.backend = 0}, 8);
  f.engine.enable_binds(7);
  f.engine.enable_binds(8);
  auto client = f.Fixture::connect(busy);
  client->send(kGet);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  for (const std::size_t each : {7U, 8U}) {
    f.engine.drain_binds(each, {7, 8}, event::now() + seconds(10), [](const DrainReport&) {});
  }
  f.let_pass(seconds(8));
  CHECK(quieter.calls.empty());
  f.let_pass(seconds(1) + std::chrono::milliseconds(100));
  CHECK(quieter.calls == "quiet quiet ");
}

TEST_CASE("a drain that is taken back leaves what stands alone") {
  HttpFixture f;
  const base::Endpoint vip = f.add_frontend({.backend = 0}, 7);
  f.engine.enable_binds(7);
  auto client = f.Fixture::connect(vip);
  client->send(kGet);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  f.engine.drain_binds(7, {}, event::now() + seconds(10), [](const DrainReport&) { FAIL("done"); });
  CHECK(f.engine.end_drain(7));
  CHECK_FALSE(f.engine.end_drain(7));
  server->send(kHello);
  CHECK(f.receive_until(*client, "hello").find("Connection: close") == std::string::npos);
  f.let_pass(seconds(11));
}

TEST_CASE("a group that has drained already serves again where that is taken back") {
  HttpFixture f;
  OwnQuieter quieter;
  f.engine.use_quieter(quieter);
  const base::Endpoint vip = f.add_frontend({.backend = 0}, 7);
  f.engine.enable_binds(7);
  bool drained = false;
  f.engine.drain_binds(7, {}, event::now() + seconds(10),
                       [&](const DrainReport&) { drained = true; });
  REQUIRE(f.run_until([&] { return quieter.calls == "quiet "; }));
  f.let_pass(HandshakeTimes::kMost);
  REQUIRE(drained);
  CHECK(f.engine.end_drain(7));
  CHECK(quieter.calls == "quiet open ");
  auto client = f.Fixture::connect(vip);
  client->send(kGet);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send(kHello);
  CHECK(f.receive_until(*client, "hello").find("Connection: close") == std::string::npos);
}

TEST_CASE("a group that comes to an engine that leaves drains from its start") {
  HttpFixture f;
  const base::Endpoint vip = f.add_frontend({.backend = 0}, 7);
  const auto held = f.get();
  f.engine.begin_drain(event::now() + seconds(10), [](const DrainReport&) {});
  f.engine.enable_binds(7);
  CHECK_FALSE(f.engine.end_drain(7));
  auto client = f.Fixture::connect(vip);
  client->send(kGet);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send(kHello);
  CHECK(f.receive_all(*client).find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("draining an engine without connections is done at once") {
  HttpFixture f;
  bool drained = false;
  f.engine.begin_drain(event::now() + seconds(10), [&](const DrainReport&) { drained = true; });
  f.settle();
  CHECK(drained);
}

TEST_CASE("an engine with several frontends may be destroyed with all of them in use") {
  if (over_tls()) return;  // there the clients live on the fixture's loop
  auto f = std::make_unique<HttpFixture>();
  const base::Endpoint other = f->add_frontend({.backend = 0});
  auto first = f->connect();
  auto second = f->Fixture::connect(other);
  f->settle();
  CHECK(f->engine.session_count() == 2);
  f.reset();
  first->receive();
  second->receive();
  CHECK(first->over());
  CHECK(second->over());
}

TEST_CASE("an engine may be destroyed with everything under way") {
  if (over_tls()) return;  // as above
  auto f = std::make_unique<HttpFixture>();
  auto idle = f->connect();
  auto client = f->connect();
  client->send(kGet);
  auto server = f->accept();
  (void)f->receive_until(*server, kHeadEnd);
  server->send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhell");
  f->settle();
  f.reset();
  client->receive();
  CHECK(client->over());
}

}  // namespace
}  // namespace hapair::lb::test
