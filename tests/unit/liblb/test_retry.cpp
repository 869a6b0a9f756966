// Further attempts after a failure, and which server connections a request may go over.
#include <doctest/doctest.h>

#include "tests/unit/liblb/engine_fixture.hpp"
#include "tests/unit/liblb/played_sides.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kText = "text";

/// Two servers, both connections stand.
struct Retry : Scene {
  explicit Retry(RetryOn on, std::size_t servers = 2, bool redispatch = true)
      : Scene(servers, {.retry_on = std::move(on), .redispatch = redispatch}) {
    first.stands = second.stands = third.stands = true;
  }
  [[nodiscard]] bool tried_again() const { return connector.asked.size() == 2; }
};

TEST_CASE("each failure is tried again where retry_on has it, else it is the client's") {
  struct Case {
    const char* what;
    ServerLoss loss;
    RetryOn on;
  };
  for (const Case& c : {
           Case{"untouched", ServerLoss::kUntouched, {.empty_response = true}},
           Case{"silent", ServerLoss::kSilent, {.empty_response = true}},
           Case{"malformed", ServerLoss::kMalformed, {.junk_response = true}},
           Case{"broken head", ServerLoss::kBroken, {.junk_response = true}},
       }) {
    CAPTURE(c.what);
    Retry s(c.on);
    s.begin().on_server_gone(c.loss, s.now);
    CHECK(s.tried_again());
    CHECK(s.client.said.empty());
    CHECK(s.second.got == "GET;");
    CHECK(s.backend.counters.response_errors == (c.loss == ServerLoss::kUntouched ? 0 : 1));

    Retry other({.empty_response = !c.on.empty_response, .junk_response = !c.on.junk_response});
    if (c.loss == ServerLoss::kUntouched) continue;  // sent again in any case, once
    other.begin().on_server_gone(c.loss, other.now);
    CHECK_FALSE(other.tried_again());
    CHECK(other.client.said == "error 502;");
  }
}

TEST_CASE("a server's time-out is tried again on another") {
  Retry s({.response_timeout = true});
  Exchange& exchange = s.begin();
  CHECK(s.reach_deadline() == seconds(50));
  CHECK(s.first.abandoned);
  CHECK(s.second.got == "GET;");
  CHECK(s.connector.asked[0] != s.connector.asked[1]);
  CHECK(exchange.report().retries == 1);
  CHECK(exchange.report().redispatched);
}

TEST_CASE("a response with a chosen status is dropped and the request tried again") {
  Retry s({.statuses = {503, 429}});
  Exchange& exchange = s.begin();
  CHECK_FALSE(s.respond(503));
  CHECK(s.first.abandoned);
  CHECK(s.client.said.empty());
  CHECK(s.respond(200));
  CHECK(s.client.said == "head 200;");
  CHECK(exchange.report().status == 200);
  CHECK(s.backend.counters.responses.counts()[4] == 0);
  CHECK(s.backend.server(s.connector.asked[0]).counters.responses.counts()[4] == 1);
}

TEST_CASE("when no try is left the client gets what the server said") {
  Retry s({.statuses = {503}});
  s.begin();
  CHECK_FALSE(s.respond(503));
  CHECK_FALSE(s.respond(503));
  CHECK(s.respond(503));
  CHECK(s.client.said == "head 503;");
}

TEST_CASE("other statuses and interim responses pass") {
  Retry s({.statuses = {503}});
  s.begin();
  CHECK(s.respond(103));
  CHECK(s.respond(500));
  CHECK(s.client.said == "head 103;head 500;");
}

TEST_CASE("what a server may have acted on is not tried again") {
  const RetryOn all{
      .empty_response = true, .junk_response = true, .response_timeout = true, .statuses = {503}};
  Retry post(all);
  post.request.method = http::Method::kPost;
  post.begin();
  CHECK(post.respond(503));
  CHECK(post.client.said == "head 503;");

  Retry silent(all);
  silent.request.method = http::Method::kPost;
  silent.begin().on_server_gone(ServerLoss::kSilent, silent.now);
  CHECK(silent.client.said == "error 502;");

  Retry late(all);
  late.request.method = http::Method::kPost;
  late.begin();
  late.reach_deadline();
  CHECK(late.client.said == "error 504;");
}

TEST_CASE("a body that was begun can't be sent again; one that wasn't can") {
  Retry begun({.statuses = {503}});
  begun.request.method = http::Method::kPut;
  Exchange& exchange = begun.begin({.body_follows = true});
  CHECK(exchange.on_request_body({&kText, 1}, false, begun.now) == 4);
  CHECK(begun.respond(503));

  Retry untouched({.statuses = {503}});
  untouched.request.method = http::Method::kPut;
  Exchange& second = untouched.begin({.body_follows = true});
  CHECK_FALSE(untouched.respond(503));
  CHECK(untouched.client.resumed == 2);
  CHECK(second.on_request_body({&kText, 1}, true, untouched.now) == 4);
  CHECK(untouched.second.got.ends_with("text;end;"));
}

TEST_CASE("a response that has begun is not tried again") {
  Retry s({.junk_response = true});
  Exchange& exchange = s.begin();
  CHECK(s.respond(200));
  exchange.on_server_gone(ServerLoss::kMalformed, s.now);
  CHECK_FALSE(s.tried_again());
  CHECK(s.client.ending == Ending::kCut);
}

TEST_CASE("without conn-failure a connection that fails is not tried again") {
  Scene s(2, {.retry_on = {.connection_failure = false}});
  s.begin().on_connect_failed(s.now);
  CHECK(s.client.said == "error 503;");
}

TEST_CASE("without redispatch each try goes to the same server, which keeps the request's place") {
  BackendSettings settings{.redispatch = false};
  settings.servers.resize(2);
  settings.servers[0].max_connections = settings.servers[1].max_connections = 1;
  Scene s(2, std::move(settings));
  s.begin().on_connect_failed(s.now);
  CHECK(s.backend.server(s.connector.asked[0]).counters.sessions.current() == 1);
  CHECK(s.reach_deadline() == milliseconds(200));
  CHECK(s.connector.asked == std::vector<std::size_t>{0, 0});
  s.exchange->on_connected(s.now);
  CHECK(s.second.got == "GET;");
  CHECK_FALSE(s.exchange->report().redispatched);
  CHECK(s.backend.server(0).counters.sessions.max() == 1);
}

TEST_CASE("a server that goes down in the pause before a retry is not tried again") {
  Scene s(2, {.redispatch = false});
  s.begin().on_connect_failed(s.now);
  const std::size_t failed = s.connector.asked.at(0);
  s.backend.set_health(failed, {.standing = Standing::kDown}, s.now);
  s.reach_deadline();
  CHECK(s.connector.asked == std::vector<std::size_t>{failed, 1 - failed});
  CHECK(s.backend.server(failed).counters.sessions.current() == 0);
  CHECK(s.backend.server(1 - failed).counters.sessions.current() == 1);

  Scene alone(1, {.redispatch = false});
  alone.begin().on_connect_failed(alone.now);
  alone.backend.set_health(0, {.standing = Standing::kDown}, alone.now);
  alone.reach_deadline();
  CHECK(alone.connector.asked.size() == 1);
  CHECK(alone.client.said == "error 503;");
  CHECK(alone.exchange->report().cause == 'S');
  CHECK(alone.backend.server(0).counters.sessions.current() == 0);
}

TEST_CASE("a retry whose server was marked down and came back is one of its sessions again") {
  Scene s(1, {.redispatch = false});
  s.begin().on_connect_failed(s.now);
  ServerSession* const session = s.backend.server(0).sessions.pop();
  REQUIRE(session != nullptr);
  session->on_server_down(s.now);
  CHECK(s.client.said.empty());
  CHECK(s.backend.server(0).counters.sessions.current() == 0);
  s.reach_deadline();
  CHECK(s.connector.asked.size() == 2);
  CHECK_FALSE(s.backend.server(0).sessions.empty());
  CHECK(s.backend.server(0).counters.sessions.current() == 1);
}

TEST_CASE("a request that gives up leaves no place taken") {
  Scene s(1, {.tries = 1});
  s.begin().on_connect_failed(s.now);
  CHECK(s.backend.server(0).counters.sessions.current() == 0);
  Scene paused(1, {.redispatch = false});
  paused.begin().on_connect_failed(paused.now);
  paused.exchange->on_client_gone(0);
  CHECK(paused.backend.server(0).counters.sessions.current() == 0);
}

TEST_CASE("each mode of reuse wants its connections") {
  using From = Connector::From;
  struct Case {
    ReuseMode mode;
    From first;
    From first_with_body;
    From later;
  };
  for (const Case& c : {Case{ReuseMode::kNever, From::kOwn, From::kOwn, From::kOwn},
                        Case{ReuseMode::kSafe, From::kAny, From::kNew, From::kAny},
                        Case{ReuseMode::kAggressive, From::kProven, From::kProven, From::kAny},
                        Case{ReuseMode::kAlways, From::kAny, From::kAny, From::kAny}}) {
    Scene first(1, {.reuse = c.mode});
    first.begin({.first_request = true});
    CHECK(first.connector.wanted[0].from == c.first);
    CHECK(first.connector.wanted[0].client == &first.client);
    Scene with_body(1, {.reuse = c.mode});
    with_body.begin({.body_follows = true, .first_request = true});
    CHECK(with_body.connector.wanted[0].from == c.first_with_body);
    Scene later(1, {.reuse = c.mode});
    later.begin({.first_request = false});
    CHECK(later.connector.wanted[0].from == c.later);
  }
}

struct Reusing : HttpFixture {
  explicit Reusing(ReuseMode mode) : HttpFixture(1, {}, {.reuse = mode}) {}
  /// The client's request reaches that server connection, or a new one where there is none.
  void round(Peer& client, std::unique_ptr<Peer>& server, std::string_view request = kGet) {
    client.send(request);
    if (!server) server = accept();
    CHECK(receive_until(*server, kHeadEnd) == request);
    answer(*server, client);
  }
};

TEST_CASE("safe: a first request that could not be repeated gets a new connection, others any") {
  constexpr std::string_view kPost = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
  Reusing f(ReuseMode::kSafe);
  auto one = f.connect();
  auto two = f.connect();
  auto three = f.connect();
  std::unique_ptr<Peer> first, second;
  f.round(*one, first);
  f.round(*two, second, kPost);  // its first: not over the kept one
  f.round(*three, second);       // the one used last
  f.round(*two, second, kPost);
  CHECK(f.servers[0].accept() == nullptr);
}

TEST_CASE("aggressive: a first request goes over a kept connection only once that was used again") {
  Reusing f(ReuseMode::kAggressive);
  auto one = f.connect();
  auto two = f.connect();
  auto three = f.connect();
  std::unique_ptr<Peer> first, second;
  f.round(*one, first);
  f.round(*two, second);
  f.round(*two, second);  // proves it
  f.round(*three, second);
  f.round(*one, second);
  CHECK(f.servers[0].accept() == nullptr);
}

TEST_CASE("never: each client keeps a connection of its own, which ends with it") {
  Reusing f(ReuseMode::kNever);
  auto one = f.connect();
  auto two = f.connect();
  std::unique_ptr<Peer> first, second;
  f.round(*one, first);
  f.round(*two, second);
  f.round(*one, first);
  f.round(*two, second);
  CHECK(row_of(f.engine.stats(), "s1").idle_conn_cur == 2);
  one->close();
  CHECK(f.receive_all(*first).empty());
  CHECK(row_of(f.engine.stats(), "s1").idle_conn_cur == 1);
  f.round(*two, second);
  // One that the server closes is replaced.
  second->close();
  second.reset();
  f.settle();
  f.round(*two, second);
  CHECK(row_of(f.engine.stats(), "s1").connect == 3);
}

constexpr std::string_view kNtlmChallenge =
    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"a\", ntlm\r\n"
    "Content-Length: 2\r\n\r\nno";

TEST_CASE("a connection that one client authenticates as a whole carries nobody else's requests") {
  constexpr std::string_view kToken =
      "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Negotiate YII=\r\n\r\n";
  for (const bool asked : {true, false}) {
    Reusing f(ReuseMode::kAlways);
    auto one = f.connect();
    auto two = f.connect();
    std::unique_ptr<Peer> first, second;
    if (asked) {
      one->send(kGet);
      first = f.accept();
      CHECK(f.receive_until(*first, kHeadEnd) == kGet);
      first->send(kNtlmChallenge);
      CHECK(f.receive_until(*one, "no") == kNtlmChallenge);
    } else {
      f.round(*one, first, kToken);
    }
    f.round(*two, second);
    f.round(*one, first);
    f.round(*two, second);
    one->close();
    CHECK(f.receive_all(*first).empty());
    CHECK(f.servers[0].accept() == nullptr);
  }
}

TEST_CASE("who authenticates a connection stays on its server") {
  HttpFixture f(2);
  auto client = f.connect();
  client->send(kGet);
  auto server = f.accept();
  (void)f.receive_until(*server, kHeadEnd);
  server->send(kNtlmChallenge);
  CHECK(f.receive_until(*client, "no") == kNtlmChallenge);
  for (int i = 0; i < 3; ++i) {
    client->send(kGet);
    CHECK(f.receive_until(*server, kHeadEnd) == kGet);
    f.answer(*server, *client);
  }
}

TEST_CASE("a status is tried again over real connections") {
  HttpFixture f(2, {}, {.retry_on = {.statuses = {503}}});
  auto client = f.connect();
  client->send(kGet);
  std::unique_ptr<Peer> server;
  std::size_t asked = 0;
  REQUIRE(f.run_until([&] {
    for (std::size_t i = 0; !server && i < 2; ++i) {
      server = f.servers[i].accept();
      asked = i;
    }
    return server != nullptr;
  }));
  (void)f.receive_until(*server, kHeadEnd);
  server->send("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy");
  auto other = f.Fixture::accept(f.servers[1 - asked]);
  CHECK(f.receive_until(*other, kHeadEnd) == kGet);
  f.answer(*other, *client);
  CHECK(f.receive_all(*server).empty());
  CHECK(row_of(f.engine.stats(), "BACKEND").wretr == 1);
  CHECK(f.access.lines.at(0).find("/+1 0/0") != std::string::npos);
}

}  // namespace
}  // namespace hapair::lb::test
