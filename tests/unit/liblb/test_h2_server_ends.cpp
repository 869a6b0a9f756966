// How connections to HTTP/2 servers end, and what becomes of the requests on them.
#include "common/tls/client_context.hpp"
#include "tests/unit/liblb/h2_client.hpp"
#include "tests/unit/liblb/h2_server.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::test;
using http::H2Error;

namespace {

/// A client whose request has reached the server.
struct Asked {
  Asked(H2BackFixture& f, H2Server*& server, std::string_view request = kGet) {
    client = f.connect();
    client->send(request);
    if (server == nullptr) server = &f.accept();
    served = &f.next(*server);
  }
  std::unique_ptr<Peer> client;
  H2Served* served = nullptr;
};

std::string goaway_frame(std::uint32_t last, std::uint32_t error = 0) {
  return frame(FrameType::kGoaway, 0, 0, number(last, 4) + number(error, 4));
}

}  // namespace

TEST_CASE("requests that GOAWAY says were not looked at go over another connection, together") {
  H2BackFixture f;
  H2Server* server = nullptr;
  Asked first(f, server);
  std::vector<Asked> more;
  for (int i = 0; i < 3; ++i) more.emplace_back(f, server);
  server->send_raw(goaway_frame(1));
  H2Server& other = f.accept();
  for (auto& each : more) {
    f.next(other).hello();
    (void)each;
  }
  for (auto& each : more) (void)f.receive_until(*each.client, "hello");
  first.served->hello();
  (void)f.receive_until(*first.client, "hello");
  CHECK(f.no_further());
  CHECK(f.counters().goaways == 1);
  CHECK(f.run_until([&] { return server->peer->over(); }));  // it ends with its last stream
  for (const std::string& line : f.access.lines) CHECK(line.find(" ---- ") != std::string::npos);
}

TEST_CASE("a connection that the server leaves in two steps takes no further requests") {
  H2BackFixture f;
  H2Server* server = nullptr;
  Asked first(f, server);
  server->connection.announce_goaway();
  f.settle();
  auto next = f.connect();
  next->send(kGet);
  H2Server& other = f.accept();
  f.next(other).hello();
  (void)f.receive_until(*next, "hello");
  first.served->hello();
  (void)f.receive_until(*first.client, "hello");
}

TEST_CASE("a stream that the server refuses is tried again elsewhere, even a POST without a body") {
  H2BackFixture f;
  H2Server* server = nullptr;
  Asked asked(f, server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  server->connection.reset(asked.served->id, H2Error::kRefusedStream);
  H2Server& other = f.accept();
  f.next(other).hello();
  CHECK(f.receive_until(*asked.client, "hello").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a call whose body was sent is sent again whole when GOAWAY comes behind it") {
  H2BackFixture f;
  H2Server* server = nullptr;
  Asked call(f, server,
             "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
             "3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n");
  CHECK(f.run_until([&] { return call.served->ended; }));
  server->send_raw(goaway_frame(0));
  H2Server& other = f.accept();
  H2Served& again = f.next(other);
  CHECK(f.run_until([&] { return again.ended; }));
  CHECK(again.body == "abc");
  CHECK(again.trailers == FieldTexts{{"x-sum", "1"}});
  again.hello();
  CHECK(f.receive_until(*call.client, "hello").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("who is refused again and again is told so in the end") {
  H2BackFixture f;
  auto client = f.connect();
  client->send(kGet);
  for (int i = 0; i < 5; ++i) {
    H2Server& server = f.accept();
    server.connection.reset(f.next(server).id, H2Error::kRefusedStream);
    f.settle();
  }
  CHECK(f.receive_until(*client, "</html>\n").starts_with("HTTP/1.1 502 "));
}

TEST_CASE("a reset before the response is 502, and within it the client can tell") {
  H2BackFixture f;
  H2Server* server = nullptr;
  Asked silent(f, server);
  server->connection.reset(silent.served->id, H2Error::kInternalError);
  CHECK(f.receive_until(*silent.client, "</html>\n").starts_with("HTTP/1.1 502 "));
  CHECK(f.access.lines.back().find(" SH-- ") != std::string::npos);
  Asked begun(f, server);
  begun.served->answer(200, {{"content-length", "10"}}, false);
  begun.served->send("hel", false);
  (void)f.receive_until(*begun.client, "hel");
  server->connection.reset(begun.served->id, H2Error::kInternalError);
  CHECK(f.run_until([&] {
    begun.client->receive();
    return begun.client->over();
  }));
  CHECK(f.access.lines.back().find(" SD-- ") != std::string::npos);
  CHECK(f.counters().peer_resets == 2);
  Asked after(f, server);  // over the same connection
  after.served->hello();
  (void)f.receive_until(*after.client, "hello");
}

TEST_CASE("a connection that dies is noticed: what can be sent again is, the rest is 502") {
  H2BackFixture f;
  H2Server* server = nullptr;
  Asked first(f, server);
  first.served->hello();
  (void)f.receive_until(*first.client, "hello");
  Asked get(f, server);
  Asked post(f, server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
  server->close();
  H2Server& other = f.accept();
  f.next(other).hello();
  CHECK(f.receive_until(*get.client, "hello").starts_with("HTTP/1.1 200 "));
  CHECK(f.receive_until(*post.client, "</html>\n").starts_with("HTTP/1.1 502 "));
}

TEST_CASE("a response that has come whole is delivered though its connection has ended") {
  H2BackFixture f;
  H2Server* server = nullptr;
  Asked asked(f, server);
  asked.client->shrink_receive_buffer();
  const std::string body = numbered_text(60'000);
  asked.served->answer(200, {{"content-length", "60000"}}, false);
  asked.served->send(body, true);
  CHECK(f.run_until([&] { return asked.served->over(); }));
  server->connection.goaway();
  server->close();
  f.settle();
  CHECK((f.receive_until(*asked.client, body.substr(59'900)).ends_with(body)));
}

TEST_CASE("what a slow client has not taken yet outlives its connection, whatever ended that") {
  for (const bool by_fault : {false, true}) {
    H2BackFixture f;
    http::H2Settings small;
    small.stream_window = 1000;
    H2Client client(f, f.Fixture::connect(f.front2), small);
    f.turns.push_back([&client] { client.turn(); });
    H2Call& call = client.request(get_fields(), true, false);
    H2Server& server = f.accept();
    H2Served& request = f.next(server);
    const std::string body = numbered_text(50'000);
    request.answer(200, {}, false);
    request.send(body, true);
    CHECK(f.run_until([&] { return request.over(); }));
    if (by_fault) server.send_raw(frame(FrameType::kData, 0, 0, "x"));
    if (!by_fault) server.close();
    f.settle();
    CHECK(call.body.size() == 1000);
    CHECK(f.run_until([&] {
      call.read();
      return call.over();
    }));
    CHECK(call.complete());
    CHECK((call.body == body));
    f.settle();
    CHECK(f.counters().connections.current() == 0);
  }
}

TEST_CASE("an idle connection is closed after its time, with GOAWAY") {
  H2BackFixture f(1, {.idle_timeout = std::chrono::seconds(4)});
  H2Server* server = nullptr;
  Asked asked(f, server);
  asked.served->hello();
  (void)f.receive_until(*asked.client, "hello");
  f.settle();
  CHECK(row_of(f.engine.stats(), "s1").idle_conn_cur == 1);
  f.let_pass(std::chrono::seconds(5));
  CHECK(f.run_until([&] { return server->peer->over(); }));
  CHECK(server->goaways == std::vector<H2Error>{H2Error::kNoError});
  CHECK(row_of(f.engine.stats(), "s1").idle_conn_cur == 0);
  CHECK(f.counters().connections.current() == 0);
}

TEST_CASE("idle connections of a server that is down are closed") {
  H2BackFixture f;
  H2Server* server = nullptr;
  Asked asked(f, server);
  asked.served->hello();
  (void)f.receive_until(*asked.client, "hello");
  f.settle();
  f.engine.set_server_health(0, 0, {.standing = Standing::kDown});
  CHECK(f.run_until([&] { return server->peer->over(); }));
}

TEST_CASE("a server that is silent is asked for a sign of life, and then given up") {
  H2BackFixture f(1, {.http2 = {.ping_interval = std::chrono::seconds(10)},
                      .server_timeout = std::chrono::hours(1)});
  H2Server* server = nullptr;
  Asked asked(f, server);
  f.let_pass(std::chrono::seconds(11));
  CHECK(f.run_until([&] { return server->pings == 1; }));
  f.let_pass(std::chrono::seconds(9));  // the answer has come
  CHECK_FALSE(server->peer->over());
  server->closed = true;  // it takes part in nothing any more
  f.let_pass(std::chrono::seconds(11));
  f.let_pass(std::chrono::seconds(11));
  CHECK(f.receive_until(*asked.client, "</html>\n").starts_with("HTTP/1.1 502 "));
  CHECK(f.counters().ping_timeouts == 1);
}

TEST_CASE("a server that does not answer in time costs its stream only") {
  H2BackFixture f(1, {.server_timeout = std::chrono::seconds(2)});
  H2Server* server = nullptr;
  Asked asked(f, server);
  f.let_pass(std::chrono::seconds(3));
  CHECK(f.receive_until(*asked.client, "</html>\n").starts_with("HTTP/1.1 504 "));
  CHECK(f.run_until([&] { return asked.served->over(); }));
  CHECK(asked.served->error == H2Error::kCancel);
  Asked next(f, server);
  next.served->hello();
  (void)f.receive_until(*next.client, "hello");
}

TEST_CASE("a server that can't be reached: each that waits is told, and tried elsewhere") {
  H2BackFixture f(0);
  const FakeServer good;
  FrontendSettings frontend;
  frontend.backend =
      f.add_backend({refusing_endpoint(), good.endpoint()}, {}, {.protocols = {false, true}});
  const base::Endpoint where = f.add_frontend(frontend);
  (void)where;
  BackendSettings one;
  one.tries = 1;
  FrontendSettings refused;
  refused.backend = f.add_backend({refusing_endpoint()}, one, {.protocols = {false, true}});
  const base::Endpoint nowhere = f.add_frontend(refused);
  auto client = f.Fixture::connect(nowhere);
  client->send(kGet);
  CHECK(f.receive_until(*client, "</html>\n").starts_with("HTTP/1.1 503 "));
}

TEST_CASE("places of a server and the queue mean the same as with HTTP/1.1") {
  H2BackFixture f(0);
  f.servers.resize(1);
  FrontendSettings frontend;
  frontend.backend = f.add_backend({f.servers[0].endpoint()}, {},
                                   {.max_connections = 1, .protocols = {false, true}});
  const base::Endpoint where = f.add_frontend(frontend);
  auto first = f.Fixture::connect(where);
  first->send(kGet);
  H2Server& server = f.accept();
  H2Served& held = f.next(server);
  auto second = f.Fixture::connect(where);
  second->send(kGet);
  f.settle();
  CHECK(server.next_request() == nullptr);
  held.hello();
  (void)f.receive_until(*first, "hello");
  f.next(server).hello();
  (void)f.receive_until(*second, "hello");
}

TEST_CASE("where connections are not shared each client has its own") {
  H2BackFixture f(1, {.reuse = ReuseMode::kNever});
  H2Server* one = nullptr;
  Asked first(f, one);
  H2Server* two = nullptr;
  Asked second(f, two);
  first.served->hello();
  (void)f.receive_until(*first.client, "hello");
  second.served->hello();
  (void)f.receive_until(*second.client, "hello");
  first.client->send(kGet);
  f.next(*one).hello();
  (void)f.receive_until(*first.client, "hello");
  first.client->close();
  CHECK(f.run_until([&] { return one->peer->over(); }));
  CHECK_FALSE(two->peer->over());
}

TEST_CASE("a node that leaves closes its connections to servers behind their last request") {
  H2BackFixture f;
  H2Server* server = nullptr;
  Asked asked(f, server);
  bool left = false;
  f.engine.begin_drain(event::now() + std::chrono::seconds(60),
                       [&](const DrainReport&) { left = true; });
  f.settle();
  CHECK_FALSE(server->peer->over());
  asked.served->hello();
  (void)f.receive_until(*asked.client, "hello");
  CHECK(f.run_until([&] { return server->peer->over() && left; }));
}
