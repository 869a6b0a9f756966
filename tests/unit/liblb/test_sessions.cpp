#include <doctest/doctest.h>

#include <chrono>

#include "liblb/core/session_view.hpp"
#include "tests/unit/liblb/engine_fixture.hpp"
#include "tests/unit/liblb/h2_client.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::test;
using State = SessionView::State;
using Protocol = SessionView::Protocol;
using std::chrono::seconds;

namespace {

std::vector<SessionBook::Mark> marks(const Engine& engine, const SessionFilter& filter = {}) {
  std::vector<SessionBook::Mark> found;
  engine.sessions().find(0, engine.sessions().places(), filter, found);
  return found;
}

SessionView only(const Engine& engine) {
  const auto found = marks(engine);
  REQUIRE(found.size() == 1);
  return engine.sessions().view(found.front().id).value();
}

/// One client of a frontend in front of one server.
struct Bench : Fixture {
  explicit Bench(FrontendSettings settings = {}) {
    BackendSettings backend;
    backend.mode = settings.mode;
    settings.backend = add_backend({server.endpoint()}, std::move(backend));
    front = add_frontend(std::move(settings));
    client = connect(front);
    CHECK(run_until([&] { return engine.session_count() == 1; }));
  }

  FakeServer server;
  base::Endpoint front;
  std::unique_ptr<Peer> client;
};

}  // namespace

TEST_CASE("ids are read as they are written, in one spelling only") {
  const SessionId id{.place = 12, .generation = 4294967295};
  CHECK(id.to_string() == "12-4294967295");
  CHECK(SessionId::parse("12-4294967295") == id);
  CHECK(SessionId::parse("0-0") == SessionId{});
  for (const char* bad :
       {"", "-", "1", "1-", "-1", "1-2-3", "1-4294967296", "a-1", "01-1", "1- 1"}) {
    CAPTURE(bad);
    CHECK_FALSE(SessionId::parse(bad));
  }
}

TEST_CASE("a session tells what it is doing, from its first byte to its last") {
  Bench f;
  if (!over_tls()) CHECK(only(f.engine).state == State::kIdle);
  f.send_and_settle(*f.client, "GET /a/path?secret=1 HTTP/1.1\r\nHost: ");
  SessionView view = only(f.engine);
  CHECK(view.state == State::kHead);
  CHECK(view.protocol == Protocol::kHttp1);
  CHECK(view.tls == over_tls());
  CHECK(view.frontend == "front");
  CHECK(view.method.empty());
  CHECK(view.client.address == base::IpAddress::v4(0x7f000001));

  f.send_and_settle(*f.client, "example.com\r\n\r\n");
  const auto peer = f.accept(f.server);
  (void)f.receive_until(*peer, kHeadEnd);
  view = only(f.engine);
  CHECK(view.state == State::kWaiting);
  CHECK(view.method == "GET");
  CHECK(view.path == "/a/path");
  CHECK(view.backend == "pool");
  CHECK(view.server == "s1");
  CHECK(view.requests == 1);
  CHECK(view.bytes_in == 52);
  f.let_pass(seconds(3));
  view = only(f.engine);
  CHECK(view.idle.value() >= seconds(3));
  CHECK(view.idle.value() < seconds(20));
  CHECK(view.age >= *view.idle);

  f.send_and_settle(*peer, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  (void)f.receive_until(*f.client, "hello");
  view = only(f.engine);
  CHECK(view.state == State::kResponse);
  CHECK(view.bytes_out > 5);
  CHECK(view.idle.value() < seconds(3));
  f.send_and_settle(*peer, "world");
  (void)f.receive_until(*f.client, "world");
  CHECK(f.run_until([&] { return only(f.engine).state == State::kIdle; }));
  view = only(f.engine);
  CHECK(view.requests == 0);
  CHECK(view.path.empty());
  f.let_pass(seconds(2));
  CHECK(only(f.engine).idle.value() >= seconds(2));
}

TEST_CASE("a connection in mode tcp tells of its server and its bytes") {
  FrontendSettings settings;
  settings.mode = Mode::kTcp;
  Bench f(std::move(settings));
  const auto peer = f.accept(f.server);
  CHECK(carry(f, *f.client, "ping", *peer, 4) == "ping");
  CHECK(carry(f, *peer, "longer", *f.client, 6) == "longer");
  const SessionView view = only(f.engine);
  CHECK(view.protocol == Protocol::kTcp);
  CHECK(view.state == State::kTunnel);
  CHECK(view.server == "s1");
  CHECK(view.bytes_in == 4);
  CHECK(view.bytes_out == 6);
  f.let_pass(seconds(5));
  CHECK(only(f.engine).idle.value() >= seconds(4));
  CHECK(f.engine.sessions().close(view.id));
  CHECK(f.run_until([&] { return f.engine.session_count() == 0; }));
}

TEST_CASE("filters let pass what they name: a frontend, a client's address, a server") {
  Bench f;
  const auto second = f.connect(f.front);
  f.send_and_settle(*second, kGet);
  const auto peer = f.accept(f.server);
  CHECK(marks(f.engine).size() == 2);
  CHECK(marks(f.engine, {.frontend = "front"}).size() == 2);
  CHECK(marks(f.engine, {.frontend = "other"}).empty());
  CHECK(marks(f.engine, {.client = base::IpAddress::v4(0x7f000001)}).size() == 2);
  CHECK(marks(f.engine, {.client = base::IpAddress::v4(0x7f000002)}).empty());
  CHECK(marks(f.engine, {.backend = "pool", .server = "s1"}).size() == 1);
  CHECK(marks(f.engine, {.backend = "pool", .server = "s2"}).empty());
  CHECK(marks(f.engine, {.backend = "pool"}).size() == 1);
  CHECK(marks(f.engine, {.backend = "other"}).empty());
  const SessionBook& book = f.engine.sessions();
  CHECK(book.count() == 2);
  CHECK(book.knows({.frontend = "front"}));
  CHECK_FALSE(book.knows({.frontend = "other"}));
  CHECK(book.knows({.backend = "pool", .server = "s1"}));
  CHECK(book.knows({.backend = "pool"}));
  CHECK_FALSE(book.knows({.backend = "pool", .server = "s2"}));
  CHECK_FALSE(book.knows({.backend = "other", .server = "s1"}));
  std::vector<SessionBook::Mark> found;
  book.find(1, 1, {}, found);
  CHECK(found.size() == 1);
}

TEST_CASE("one that is idle is closed in order, its id never means another one") {
  Bench f;
  f.client->send(kGet);
  const auto peer = f.accept(f.server);
  (void)f.receive_until(*peer, kHeadEnd);
  f.send_and_settle(*peer, kHello);
  (void)f.receive_until(*f.client, "hello");
  f.settle();
  const SessionId id = only(f.engine).id;
  CHECK(f.engine.sessions().close(id));
  CHECK_FALSE(f.engine.sessions().close(id));
  CHECK(f.engine.session_count() == 0);
  CHECK(f.receive_all(*f.client).empty());

  const auto next = f.connect(f.front);
  CHECK(f.run_until([&] { return f.engine.session_count() == 1; }));
  const SessionId other = only(f.engine).id;
  CHECK(other.place == id.place);
  CHECK(other.generation == id.generation + 1);
  CHECK_FALSE(f.engine.sessions().view(id));
  CHECK_FALSE(f.engine.sessions().close(id));
  CHECK_FALSE(f.engine.sessions().view({.place = 77, .generation = 0}));
}

TEST_CASE("a request that is under way is cut off, which the log tells") {
  Bench f;
  f.client->send(kGet);
  const auto peer = f.accept(f.server);
  (void)f.receive_until(*peer, kHeadEnd);
  f.send_and_settle(*peer, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  (void)f.receive_until(*f.client, "hello");
  CHECK(f.engine.sessions().close(only(f.engine).id));
  CHECK(f.engine.session_count() == 0);
  CHECK(f.run_until([&] {
    f.client->receive();
    peer->receive();
    return f.client->over() && peer->over();
  }));
  REQUIRE(f.access.lines.size() == 1);
  CHECK(f.access.lines.front().find(" KD-- ") != std::string::npos);
}

TEST_CASE("of HTTP/2 the oldest request stands for all, and an idle connection ends by GOAWAY") {
  H2Fixture f(2);
  H2Client client = f.client();
  H2Call& first = client.get("/first?a=1");
  const auto server = f.accept_request(client);
  SessionView view = only(f.engine);
  CHECK(view.protocol == Protocol::kHttp2);
  CHECK(view.state == State::kWaiting);
  CHECK(view.path == "/first");
  CHECK(view.server == "s1");
  CHECK(view.requests == 1);
  H2Call& second = client.get("/second");
  client.settle();
  view = only(f.engine);
  CHECK(view.requests == 2);
  CHECK(view.path == "/first");
  CHECK(view.bytes_in > 0);
  // A filter finds it by any of its requests.
  CHECK(marks(f.engine, {.backend = "pool", .server = "s1"}).size() == 1);
  CHECK(marks(f.engine, {.backend = "pool", .server = "s2"}).size() == 1);
  CHECK(marks(f.engine, {.backend = "pool", .server = "s3"}).empty());
  server->send(kHello);
  client.finish(first);
  view = only(f.engine);
  CHECK(view.requests == 1);
  CHECK(view.path == "/second");
  CHECK(view.server == "s2");

  const SessionId id = view.id;
  SUBCASE("with a request under way it is reset") {
    CHECK(f.engine.sessions().close(id));
    CHECK(f.engine.session_count() == 0);
    CHECK(client.run_until([&] { return client.peer->over(); }));
    CHECK_FALSE(second.complete());
  }
  SUBCASE("idle it ends in order") {
    const auto other = accept_in(client, f.servers.back());
    other->send(kHello);
    client.finish(second);
    client.settle();
    CHECK(only(f.engine).state == State::kIdle);
    CHECK(f.engine.sessions().close(id));
    CHECK(client.run_until([&] { return !client.goaways.empty(); }));
    client.settle();
    f.let_pass(seconds(2));
    client.await_end();
    CHECK(f.run_until([&] { return f.engine.session_count() == 0; }));
  }
}

TEST_CASE("a page of ours that an HTTP/2 client takes slowly is a response on its way") {
  H2Fixture f;
  f.engine.set_server_health(0, 0, {.standing = Standing::kDown});
  H2Client client = f.client({.stream_window = 10});
  H2Call& call = client.request(get_fields(), true, false);
  CHECK(client.run_until([&] { return call.status() == "503"; }));
  CHECK(only(f.engine).state == State::kResponse);
  CHECK(only(f.engine).backend == "pool");
}
