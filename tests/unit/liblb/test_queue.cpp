// Servers with a limit: who waits, in which order, for how long, and who gives the place up.
#include <doctest/doctest.h>

#include <memory>

#include "tests/unit/liblb/engine_fixture.hpp"
#include "tests/unit/liblb/played_sides.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A waiter that takes nothing: it only knows that its turn came.
struct Ticket final : Waiter {
  void on_turn(base::Instant /*now*/) override { ++turns; }
  int turns = 0;
};

TEST_CASE("a queue is left in the order in which it was entered") {
  WaitQueue queue(3);
  Ticket first, second, third, fourth;
  CHECK(queue.enter(first, false) == 1);
  CHECK(queue.enter(second, false) == 2);
  CHECK(queue.enter(third, false) == 3);
  CHECK(queue.enter(fourth, false) == 0);
  CHECK_FALSE(fourth.queued());
  second.leave_queue();
  second.leave_queue();  // once is enough
  CHECK(queue.enter(fourth, true) == 1);
  CHECK(queue.pop() == &fourth);
  CHECK(queue.pop() == &first);
  CHECK(queue.pop() == &third);
  CHECK(queue.pop() == nullptr);
  CHECK(queue.length().current() == 0);
  CHECK(queue.length().max() == 3);
}

TEST_CASE("a waiter that is destroyed waits no more, and so does one whose queue is") {
  Ticket survivor;
  {
    WaitQueue queue(8);
    (void)queue.enter(survivor, false);
    {
      Ticket passing;
      (void)queue.enter(passing, false);
    }
    CHECK(queue.length().current() == 1);
  }
  CHECK_FALSE(survivor.queued());
}

/// Counts how often it is told that who waits should get a turn.
struct Keeper final : QueueKeeper {
  void on_room() override { ++told; }
  int told = 0;
};

/// One request of many on the same backend.
struct Request {
  explicit Request(Backend& backend, bool connected) {
    head.method = http::Method::kGet;
    head.method_text = "GET";
    side.stands = connected;
    connector.prepared = {&side, &second_side};
    exchange.emplace(static_cast<ClientSide&>(client), backend, connector, head, ExchangeTerms{});
  }
  [[nodiscard]] bool sent() const { return side.got == "GET;"; }
  void finish(base::Instant now) {
    http::ResponseHead response;
    response.status = 200;
    REQUIRE(exchange->on_response_head(response, 10, {}, now));
    exchange->on_response_complete(now);
  }

  http::RequestHead head;
  PlayedClient client;
  PlayedServer side, second_side;
  PlayedConnector connector;
  std::optional<Exchange> exchange;
};

/// A backend of servers that take one request each.
struct Full {
  explicit Full(std::size_t servers = 1, BackendSettings settings = {})
      : backend(limited(std::move(settings), servers), now) {
    backend.set_queue_keeper(&keeper);
  }
  static BackendSettings limited(BackendSettings settings, std::size_t count) {
    settings.servers.resize(count);
    for (ServerSettings& server : settings.servers) server.max_connections = 1;
    return settings;
  }
  std::unique_ptr<Request> begin(bool connected = true) {
    auto request = std::make_unique<Request>(backend, connected);
    request->exchange->start(now);
    return request;
  }
  void pass(base::Duration time) { now += time; }

  base::Instant now = base::from_ns(1'000'000'000);
  Keeper keeper;
  Backend backend;
};

TEST_CASE("a full server makes requests wait; each that ends lets the next one go, in order") {
  Full f;
  auto first = f.begin();
  auto second = f.begin();
  auto third = f.begin();
  CHECK(first->sent());
  CHECK_FALSE(second->sent());
  CHECK(f.backend.queue().length().current() == 2);
  CHECK(second->exchange->report().queue_place == 1);
  CHECK(third->exchange->report().queue_place == 2);
  CHECK(second->client.deadline == f.now + seconds(5));

  f.pass(seconds(1));
  first->finish(f.now);
  CHECK(f.keeper.told == 1);
  CHECK_FALSE(second->sent());  // never within the other's call
  CHECK_FALSE(f.backend.serve_queue(f.now, 8));
  CHECK(second->sent());
  CHECK_FALSE(third->sent());
  CHECK(second->exchange->report().queue_time == seconds(1));
  f.pass(seconds(1));
  second->finish(f.now);
  f.backend.serve_queue(f.now, 8);
  CHECK(third->sent());
  CHECK(third->exchange->report().queue_time == seconds(2));
  CHECK(f.backend.server(0).counters.sessions.max() == 1);
  CHECK(f.backend.counters.queue_time.max() == seconds(2));
  CHECK(f.backend.counters.queue_time.mean() == seconds(1));
}

TEST_CASE("who comes while others wait goes behind them, even when a server has just become free") {
  Full f;
  auto first = f.begin();
  auto second = f.begin();
  first->finish(f.now);
  auto third = f.begin();
  CHECK_FALSE(third->sent());
  CHECK(third->exchange->report().queue_place == 2);
  f.backend.serve_queue(f.now, 8);
  CHECK(second->sent());
  CHECK_FALSE(third->sent());
}

TEST_CASE("with room on one server nobody waits for another") {
  Full f(2);
  auto first = f.begin();
  auto second = f.begin();
  auto third = f.begin();
  CHECK(first->sent());
  CHECK(second->sent());
  CHECK_FALSE(third->sent());
  CHECK(first->connector.asked[0] != second->connector.asked[0]);
  second->finish(f.now);
  f.backend.serve_queue(f.now, 8);
  CHECK(third->connector.asked == second->connector.asked);
}

TEST_CASE("a server that comes up serves who waits") {
  Full f(2);
  f.backend.set_health(1, {.standing = Standing::kDown}, f.now);
  auto first = f.begin();
  auto second = f.begin();
  CHECK(f.keeper.told == 0);
  f.backend.set_health(1, {}, f.now);
  CHECK(f.keeper.told == 1);
  f.backend.serve_queue(f.now, 8);
  CHECK(second->connector.asked == std::vector<std::size_t>{1});
}

TEST_CASE(
    "an agent's limit is in place of the configured one; who waits goes as soon as it grows") {
  Full f;
  auto first = f.begin();
  auto second = f.begin();
  auto third = f.begin();
  auto fourth = f.begin();
  f.backend.set_health(0, {.max_connections = 3}, f.now);
  CHECK(f.keeper.told == 1);
  CHECK_FALSE(f.backend.serve_queue(f.now, 8));
  CHECK(second->sent());
  CHECK(third->sent());
  CHECK_FALSE(fourth->sent());
  CHECK(f.backend.server(0).max_connections() == 3);

  f.backend.set_health(0, {.max_connections = 1}, f.now);  // what it has it keeps
  second->finish(f.now);
  third->finish(f.now);
  CHECK_FALSE(f.backend.serve_queue(f.now, 8));
  CHECK_FALSE(fourth->sent());
  f.backend.set_health(0, {.max_connections = 0}, f.now);  // none
  CHECK_FALSE(f.backend.serve_queue(f.now, 8));
  CHECK(fourth->sent());
}

TEST_CASE("an agent can limit a server that has no limit") {
  Full f;
  f.backend.set_health(0, {.max_connections = 0}, f.now);
  CHECK_FALSE(f.backend.limited());
  f.backend.set_health(0, {.max_connections = 2}, f.now);
  CHECK(f.backend.limited());
  auto first = f.begin();
  auto second = f.begin();
  auto third = f.begin();
  CHECK(second->sent());
  CHECK_FALSE(third->sent());
  CHECK(third->exchange->report().queue_place == 1);
  f.backend.set_health(0, {}, f.now);  // as configured again
  CHECK(f.backend.server(0).max_connections() == 1);
}

TEST_CASE(
    "who waits while the last server goes down keeps its place; who comes then does not wait") {
  Full f;
  auto first = f.begin();
  auto second = f.begin();
  f.backend.set_health(0, {.standing = Standing::kDown}, f.now);
  first->finish(f.now);
  CHECK_FALSE(f.backend.serve_queue(f.now, 8));
  CHECK(second->exchange->report().status == 0);
  auto third = f.begin();
  CHECK(third->client.said == "error 503;");
  CHECK(third->exchange->report().phase == 'C');
  f.backend.set_health(0, {}, f.now);
  f.backend.serve_queue(f.now, 8);
  CHECK(second->sent());
}

TEST_CASE("a wait that lasts too long is 503, and the place is free for others") {
  Full f(1, {.max_queue = 1, .queue_timeout = seconds(3)});
  auto first = f.begin();
  auto second = f.begin();
  CHECK(second->client.deadline == f.now + seconds(3));
  f.pass(seconds(3));
  second->exchange->on_deadline(f.now);
  CHECK(second->client.said == "error 503;");
  CHECK(second->client.ending == Ending::kComplete);
  CHECK(second->exchange->report().cause == 's');
  CHECK(second->exchange->report().phase == 'Q');
  CHECK(second->exchange->report().queue_time == seconds(3));
  CHECK_FALSE(second->exchange->report().server);
  auto third = f.begin();
  CHECK(third->client.said.empty());
  first->finish(f.now);
  f.backend.serve_queue(f.now, 8);
  CHECK(third->sent());
}

TEST_CASE("a full queue refuses at once") {
  Full f(1, {.max_queue = 1});
  auto first = f.begin();
  auto second = f.begin();
  auto third = f.begin();
  CHECK(second->client.said.empty());
  CHECK(third->client.said == "error 503;");
  CHECK(third->exchange->report().cause == 'S');
  CHECK(third->exchange->report().phase == 'Q');
  CHECK(f.backend.counters.sessions.current() == 2);
}

TEST_CASE("a client that goes away frees its place") {
  Full f;
  auto first = f.begin();
  auto second = f.begin();
  auto third = f.begin();
  CHECK(second->exchange->waits_for_server());
  CHECK_FALSE(first->exchange->waits_for_server());
  second->exchange->on_client_gone(0);
  CHECK(second->exchange->report().cause == 'C');
  CHECK(second->exchange->report().phase == 'Q');
  CHECK(f.backend.counters.client_aborts == 1);
  first->finish(f.now);
  f.backend.serve_queue(f.now, 8);
  CHECK(third->sent());
  CHECK(f.backend.queue().empty());
}

TEST_CASE("who had a turn and lost its server goes before those who had none") {
  Full f(2);
  f.backend.set_health(1, {.standing = Standing::kDown}, f.now);
  auto first = f.begin(false);
  auto second = f.begin();
  auto third = f.begin();
  first->exchange->on_connect_failed(f.now);  // no other server: a pause
  f.backend.serve_queue(f.now, 8);
  CHECK(second->sent());
  f.pass(milliseconds(200));
  first->exchange->on_deadline(f.now);
  CHECK(first->exchange->report().queue_place == 1);
  second->finish(f.now);
  f.backend.serve_queue(f.now, 8);
  CHECK(first->connector.asked.size() == 2);
  CHECK_FALSE(third->sent());
}

TEST_CASE("turns are given in portions, so that other work is not kept waiting") {
  Full f(4);
  std::vector<std::unique_ptr<Request>> running, waiting;
  for (int i = 0; i < 4; ++i) running.push_back(f.begin());
  for (int i = 0; i < 5; ++i) waiting.push_back(f.begin());
  for (auto& request : running) request->finish(f.now);
  CHECK(f.backend.serve_queue(f.now, 3));
  CHECK(f.backend.queue().length().current() == 2);
  CHECK_FALSE(f.backend.serve_queue(f.now, 3));
  CHECK(f.backend.queue().length().current() == 1);  // all four are full again
}

/// One server that takes one request or connection at a time, on a real loop.
struct Limited : Fixture {
  explicit Limited(Mode mode = Mode::kHttp, BackendSettings settings = {},
                   bool abort_on_close = true) {
    settings.mode = mode;
    settings.reuse = ReuseMode::kAlways;
    add_backend({server.endpoint()}, std::move(settings), {.max_connections = 1});
    front = add_frontend({.mode = mode, .backend = 0, .abort_on_close = abort_on_close});
  }
  [[nodiscard]] std::unique_ptr<Peer> connect() { return Fixture::connect(front); }
  [[nodiscard]] std::unique_ptr<Peer> get() {
    auto client = connect();
    send_and_settle(*client, kGet);
    return client;
  }
  void answer(Peer& peer, Peer& client) {
    peer.send(kHello);
    CHECK(receive_until(client, "hello") == kHello);
  }
  [[nodiscard]] bool logged(std::string_view text) const {
    for (const std::string& line : access.lines) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }

  FakeServer server;
  base::Endpoint front;
};

TEST_CASE("requests of several clients reach a full server one after the other") {
  Limited f;
  auto first = f.get();
  auto second = f.get();
  auto third = f.get();
  CHECK(row_of(f.engine.stats(), "BACKEND").qcur == 2);
  auto server = f.accept(f.server);
  for (Peer* client : {first.get(), second.get(), third.get()}) {
    CHECK(f.receive_until(*server, kHeadEnd) == kGet);  // one, and no more before its answer
    server->send(kHello);
    CHECK(f.receive_until(*client, "hello") == kHello);
  }
  CHECK(f.server.accept() == nullptr);
  const StatsSnapshot stats = f.engine.stats();
  CHECK(row_of(stats, "BACKEND").qcur == 0);
  CHECK(row_of(stats, "BACKEND").qmax == 2);
  CHECK(row_of(stats, "s1").smax == 1);
  CHECK(row_of(stats, "s1").slim == 1);
  CHECK(f.logged(" 0/0 \"GET"));
  CHECK(f.logged(" 0/1 \"GET"));
  CHECK(f.logged(" 0/2 \"GET"));
}

TEST_CASE("a kept connection that waits for the next request takes no place") {
  Limited f;
  auto first = f.get();
  auto server = f.accept(f.server);
  (void)f.receive_until(*server, kHeadEnd);
  f.answer(*server, *first);
  auto second = f.get();
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
}

TEST_CASE("a client whose request waits too long gets 503") {
  Limited f(Mode::kHttp, {.queue_timeout = seconds(7)});
  auto first = f.get();
  auto second = f.get();
  f.let_pass(seconds(8));
  CHECK(f.receive_page(*second).find(" 503 ") != std::string::npos);
  CHECK(f.logged(named_front("pool/<NOSRV> ")));
  CHECK(f.logged(" sQ-- "));
  CHECK(f.logged("/-1/-1/8"));
}

TEST_CASE("a client that closes while its request waits is forgotten") {
  Limited f;
  auto first = f.get();
  auto second = f.get();
  auto with_body = f.connect();
  f.send_and_settle(*with_body, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
  CHECK(row_of(f.engine.stats(), "BACKEND").qcur == 2);
  second->close();
  with_body->close();
  CHECK(f.run_until([&] { return row_of(f.engine.stats(), "BACKEND").qcur == 0U; }));
  CHECK(f.logged(" CQ-- "));
  auto server = f.accept(f.server);
  (void)f.receive_until(*server, kHeadEnd);
  f.answer(*server, *first);
  f.settle();
  server->receive();
  CHECK(server->received.empty());
}

TEST_CASE("a client that resets while its body waits is seen at once, whatever a close means") {
  for (const bool abort_on_close : {true, false}) {
    Limited f(Mode::kHttp, {}, abort_on_close);
    auto first = f.get();
    auto second = f.connect();
    f.send_and_settle(*second, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab");
    CHECK(row_of(f.engine.stats(), "BACKEND").qcur == 1);
    second->abort();
    CHECK(f.run_until([&] { return row_of(f.engine.stats(), "BACKEND").qcur == 0U; }));
    CHECK(f.logged(" CQ-- "));
  }
}

TEST_CASE("a reset that comes together with the request is seen where the request waits") {
  Limited f;
  auto first = f.get();
  auto second = f.connect();
  second->send(kGet);
  second->abort();
  CHECK(f.run_until([&] { return f.logged(" CQ-- "); }));
  CHECK(row_of(f.engine.stats(), "BACKEND").qcur == 0);
}

TEST_CASE("a half-closed client gets its answer where the frontend says so") {
  Limited f(Mode::kHttp, {}, false);
  auto first = f.get();
  auto second = f.get();
  second->finish_sending();
  f.settle();
  auto server = f.accept(f.server);
  (void)f.receive_until(*server, kHeadEnd);
  f.answer(*server, *first);
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
  server->send(kHello);
  CHECK(f.receive_all(*second).find("hello") != std::string::npos);
}

TEST_CASE("TCP connections wait in order, and what they have sent is not lost") {
  Limited f(Mode::kTcp);
  auto first = f.connect();
  auto one = f.accept(f.server);
  auto second = f.connect();
  f.send_and_settle(*second, "two");
  auto third = f.connect();
  f.send_and_settle(*third, "three");
  CHECK(f.server.accept() == nullptr);
  CHECK(row_of(f.engine.stats(), "BACKEND").qcur == 2);
  first->close();
  one->close();
  auto two = f.accept(f.server);
  CHECK(f.receive_bytes(*two, 3) == "two");
  CHECK(f.server.accept() == nullptr);
  two->close();
  (void)f.receive_all(*second);
  second->close();
  auto three = f.accept(f.server);
  CHECK(f.receive_bytes(*three, 5) == "three");
}

TEST_CASE("a TCP connection that waits too long, or is gone, leaves the queue") {
  Limited f(Mode::kTcp, {.queue_timeout = seconds(7)});
  auto first = f.connect();
  f.send_and_settle(*first, "1");
  auto second = f.connect();
  f.send_and_settle(*second, "2");
  auto half_closed = f.connect();
  f.send_and_settle(*half_closed, "3");
  half_closed->finish_sending();
  f.settle();
  CHECK(row_of(f.engine.stats(), "BACKEND").qcur == 2);
  second->abort();
  CHECK(f.run_until([&] { return row_of(f.engine.stats(), "BACKEND").qcur == 1U; }));
  CHECK(f.logged(" CQ "));
  f.let_pass(seconds(8));
  CHECK(f.receive_all(*half_closed).empty());
  CHECK(f.logged(" sQ "));
}

TEST_CASE("a server that can't even be tried keeps no place") {
  Fixture f;
  // A broadcast address: connect() fails at once.
  f.add_backend({{base::IpAddress::v4(0xffffffff), 9}}, {.mode = Mode::kTcp},
                {.max_connections = 1});
  const base::Endpoint front = f.add_frontend({.mode = Mode::kTcp, .backend = 0});
  for (int i = 0; i < 2; ++i) {
    auto client = f.connect(front);
    f.let_pass(seconds(1));
    f.let_pass(seconds(1));
    CHECK(f.receive_all(*client).empty());
  }
  CHECK(row_of(f.engine.stats(), "s1").scur == 0);
  CHECK(row_of(f.engine.stats(), "s1").econ == 6);
}

}  // namespace
}  // namespace hapair::lb::test
