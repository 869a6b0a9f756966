// Requests of both versions of HTTP to servers that speak HTTP/2 (RFC 9113, section 8).
#include "tests/unit/liblb/h2_client.hpp"
#include "tests/unit/liblb/h2_server.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::test;
using http::H2Error;

namespace {

/// A client of HTTP/2 that takes part in the fixture's turns.
class Client2 {
 public:
  explicit Client2(H2BackFixture& fixture)
      : all_(fixture), inner_(fixture, fixture.Fixture::connect(fixture.front2)) {
    all_.turns.push_back([this] { inner_.turn(); });
  }
  Client2(const Client2&) = delete;
  Client2& operator=(const Client2&) = delete;

  H2Call& request(const FieldTexts& fields, bool ends = true) {
    return inner_.request(fields, ends);
  }
  H2Call& get(const std::string& path = "/") { return inner_.get(path); }
  void await(H2Call& call) {
    CHECK(all_.run_until([&] { return call.over(); }));
  }
  [[nodiscard]] bool may_open_websockets() const {
    return inner_.connection.peer_takes_protocols();
  }

 private:
  H2BackFixture& all_;
  H2Client inner_;
};

/// Bytes of a chunked body.
std::string unchunked(const std::string& wire) {
  std::string body;
  for (std::size_t at = 0; at < wire.size();) {
    const std::size_t size = std::stoul(wire.substr(at, 8), nullptr, 16);
    at = wire.find("\r\n", at) + 2;
    body += wire.substr(at, size);
    at += size + 2;
    if (size == 0) break;
  }
  return body;
}

}  // namespace

TEST_CASE("a request of HTTP/1.1 reaches the server as HTTP/2, and its answer comes back") {
  H2BackFixture f;
  auto client = f.connect();
  client->send(
      "GET /path?q=1 HTTP/1.1\r\nHost: a.example\r\nX-Case: Kept\r\nConnection: x-hop\r\n"
      "X-Hop: 1\r\n\r\n");
  H2Server& server = f.accept();
  H2Served& request = f.next(server);
  CHECK(request.fields == FieldTexts{{":method", "GET"},
                                     {":scheme", "http"},
                                     {":path", "/path?q=1"},
                                     {":authority", "a.example"},
                                     {"x-case", "Kept"}});
  CHECK(request.ended);
  request.answer(200, {{"content-length", "5"}, {"x-more", "1"}}, false);
  request.send("hello", true);
  CHECK(f.receive_until(*client, "hello") ==
        "HTTP/1.1 200 OK\r\nx-more: 1\r\nContent-Length: 5\r\n\r\nhello");
  client->send(kGet);
  f.next(server).hello();
  CHECK(f.receive_until(*client, "hello").starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(f.no_further());
  REQUIRE(f.access.lines.size() == 2);
  CHECK(f.access.lines[0].find(named_front("pool/s1 ")) != std::string::npos);
  CHECK(f.access.lines[0].find(" 200 ") != std::string::npos);
  CHECK(f.access.lines[0].find(" ---- ") != std::string::npos);
  const auto stats = f.engine.stats();
  CHECK(row_of(stats, "s1").connect == 1);
  CHECK(row_of(stats, "s1").reuse == 1);
  CHECK(f.counters().connections.current() == 1);
  CHECK(f.counters().streams_total == 2);
  CHECK(f.counters().streams.current() == 0);
}

TEST_CASE("requests of many clients of both versions share one connection, side by side") {
  H2BackFixture f;
  auto first = f.connect();
  first->send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
  H2Server& server = f.accept();
  H2Served& slow = f.next(server);
  auto second = f.connect();
  second->send("GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
  H2Served& quick = f.next(server);
  Client2 client(f);
  H2Call& call = client.get("/third");
  H2Served& third = f.next(server);
  CHECK(third.field(":path") == "/third");
  quick.hello();
  (void)f.receive_until(*second, "hello");
  third.hello();
  client.await(call);
  CHECK(call.body == "hello");
  CHECK_FALSE(slow.over());
  slow.hello();
  (void)f.receive_until(*first, "hello");
  CHECK(f.counters().streams.max() == 3);
  CHECK(f.no_further());
}

TEST_CASE("requests that come while a connection is on its way wait for it together") {
  H2BackFixture f;
  std::vector<std::unique_ptr<Peer>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(f.connect());
    clients.back()->send(kGet);
  }
  H2Server& server = f.accept();
  for (int i = 0; i < 5; ++i) f.next(server).hello();
  for (auto& client : clients) (void)f.receive_until(*client, "hello");
  CHECK(f.no_further());
  CHECK(f.counters().connections_total == 1);
}

TEST_CASE("what the server lets us have at once is kept to: further connections are opened") {
  H2BackFixture f;
  http::H2Settings two;
  two.max_streams = 2;
  auto first = f.connect();
  first->send(kGet);
  H2Server& one = f.accept(0, two);
  (void)f.next(one);
  f.settle();  // its settings come
  auto second = f.connect();
  second->send(kGet);
  (void)f.next(one);
  auto third = f.connect();
  third->send(kGet);
  H2Server& other = f.accept(0, two);
  f.next(other).hello();
  (void)f.receive_until(*third, "hello");
}

TEST_CASE("our own limit of streams holds as well") {
  H2BackFixture f(1, {.http2 = {.max_streams = 1}});
  auto first = f.connect();
  first->send(kGet);
  H2Server& one = f.accept();
  H2Served& held = f.next(one);
  auto second = f.connect();
  second->send(kGet);
  H2Server& other = f.accept();
  f.next(other).hello();
  (void)f.receive_until(*second, "hello");
  held.hello();
  (void)f.receive_until(*first, "hello");
}

TEST_CASE("bodies pass both ways, of known length and of unknown") {
  H2BackFixture f;
  auto client = f.connect();
  client->send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabcdef");
  H2Server& server = f.accept();
  H2Served& known = f.next(server);
  CHECK(f.run_until([&] { return known.ended; }));
  CHECK(known.field("content-length") == "6");
  CHECK(known.body == "abcdef");
  known.answer(200, {}, false);
  known.send("abc", true);
  CHECK(f.receive_until(*client, "0\r\n\r\n") ==
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  client->send("POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n");
  H2Served& unknown = f.next(server);
  CHECK(f.run_until([&] { return unknown.body == "xyz"; }));
  CHECK(unknown.field("content-length").empty());
  CHECK_FALSE(unknown.ended);
  client->send("2\r\n..\r\n0\r\n\r\n");
  CHECK(f.run_until([&] { return unknown.ended; }));
  CHECK(unknown.body == "xyz..");
  unknown.answer(204);
  CHECK(f.receive_until(*client, kHeadEnd) == "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_CASE("a response that is nothing but a head has the length 0 to a client of HTTP/1.1") {
  H2BackFixture f;
  auto client = f.connect();
  client->send(kGet);
  H2Server& server = f.accept();
  f.next(server).answer(200);
  CHECK(f.receive_until(*client, kHeadEnd) == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  client->send(kGet);  // over the same connection
  f.next(server).hello();
  (void)f.receive_until(*client, "hello");
}

TEST_CASE("trailers pass both ways to clients of either version, as gRPC needs them") {
  H2BackFixture f;
  Client2 client(f);
  H2Call& call = client.request(
      post_fields({{"te", "trailers"}, {"content-type", "application/grpc"}}), false);
  call.out_trailers = {{"x-sum", "1"}};
  call.send("abc", true);
  H2Server& server = f.accept();
  H2Served& request = f.next(server);
  CHECK(f.run_until([&] { return request.ended; }));
  CHECK(request.field("te") == "trailers");
  CHECK(request.trailers == FieldTexts{{"x-sum", "1"}});
  request.answer(200, {{"content-type", "application/grpc"}}, false);
  request.out_trailers = {{"grpc-status", "0"}, {"transfer-encoding-x", "ok"}};
  request.send("", true);  // no body at all
  client.await(call);
  CHECK(call.complete());
  CHECK(call.trailers == FieldTexts{{"grpc-status", "0"}, {"transfer-encoding-x", "ok"}});

  auto old = f.connect();
  old->send(
      "POST /p HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n"
      "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 2\r\n\r\n");
  H2Served& second = f.next(server);
  CHECK(f.run_until([&] { return second.ended; }));
  CHECK(second.trailers == FieldTexts{{"x-sum", "2"}});
  second.answer(200, {}, false);
  second.out_trailers = {{"grpc-status", "5"}};
  second.send("ok", true);
  CHECK(f.receive_until(*old, "0\r\ngrpc-status: 5\r\n\r\n").find("2\r\nok\r\n") !=
        std::string::npos);
}

TEST_CASE("a stream in both directions at once stays one, however long") {
  H2BackFixture f;
  Client2 client(f);
  H2Call& call = client.request(post_fields({{"te", "trailers"}}), false);
  H2Server& server = f.accept();
  H2Served& request = f.next(server);
  request.answer(200, {}, false);
  CHECK(f.run_until([&] { return call.status() == "200"; }));
  for (int i = 0; i < 20; ++i) {
    const std::string ping = "ping" + std::to_string(i);
    call.send(ping, false);
    CHECK(f.run_until([&] { return request.body.ends_with(ping); }));
    request.send("pong" + std::to_string(i), false);
    CHECK(f.run_until([&] { return call.body.ends_with("pong" + std::to_string(i)); }));
  }
  call.send("", true);
  CHECK(f.run_until([&] { return request.ended; }));
  request.out_trailers = {{"grpc-status", "0"}};
  request.send("", true);
  client.await(call);
  CHECK(call.complete());
  CHECK(call.trailers == FieldTexts{{"grpc-status", "0"}});
}

TEST_CASE("interim responses pass; HEAD, 204 and 304 have a length and no body") {
  H2BackFixture f;
  auto client = f.connect();
  client->send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  H2Server& server = f.accept();
  H2Served& head = f.next(server);
  head.interim(103, {{"link", "</a>"}});
  head.interim(103, {{"link", "</b>"}});
  head.answer(200, {{"content-length", "1000"}});
  CHECK(f.receive_until(*client, "1000\r\n\r\n") ==
        "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
        "HTTP/1.1 103 Early Hints\r\nlink: </b>\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  client->send(kGet);
  f.next(server).answer(304, {{"content-length", "1000"}, {"etag", "\"x\""}});
  CHECK(f.receive_until(*client, kHeadEnd) ==
        "HTTP/1.1 304 Not Modified\r\netag: \"x\"\r\nContent-Length: 1000\r\n\r\n");
  client->send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  H2Served& post = f.next(server);
  CHECK(post.field("expect") == "100-continue");
  post.interim(100);
  CHECK(f.receive_until(*client, kHeadEnd) == "HTTP/1.1 100 Continue\r\n\r\n");
  client->send("ab");
  CHECK(f.run_until([&] { return post.ended; }));
  post.hello();
  (void)f.receive_until(*client, "hello");
}

TEST_CASE("a response that its client does not take closes its stream's window, and no other's") {
  H2BackFixture f;
  const std::string body = numbered_text(6'000'000);
  auto slow = f.connect();
  slow->shrink_receive_buffer();
  slow->send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  H2Server& server = f.accept();
  H2Served& large = f.next(server);
  large.answer(200, {}, false);
  large.send(body, true);
  std::size_t waiting = 0;
  CHECK(f.run_until([&] {  // until nothing moves any more
    f.settle();
    return large.unsent() == std::exchange(waiting, large.unsent());
  }));
  CHECK(waiting > 0);
  for (int i = 0; i < 3; ++i) {
    auto other = f.connect();
    other->send(kGet);
    f.next(server).hello();
    (void)f.receive_until(*other, "hello");
  }
  CHECK(f.no_further());
  std::string wire;
  const auto whole = [&] {
    slow->receive();
    wire += slow->take();
    return wire.ends_with("\r\n0\r\n\r\n");
  };
  CHECK((f.run_until(whole) || f.run_until(whole)));  // a busy host takes its time
  CHECK((unchunked(wire.substr(wire.find(kHeadEnd) + kHeadEnd.size())) == body));
}

TEST_CASE("a server that takes no more of a body stops the reading of its client") {
  H2BackFixture f;
  const std::string body = numbered_text(8'000'000);
  Client2 client(f);
  H2Call& large = client.request(post_fields({{"content-length", "8000000"}}), false);
  H2Server& server = f.accept(0, {}, false);
  H2Served& request = f.next(server);
  large.send(body, true);
  f.settle();
  CHECK(request.body.size() == 64 * 1024);  // its window
  CHECK(large.unsent() > body.size() - 200 * 1024);
  H2Call& other = client.get();
  f.next(server).hello();
  client.await(other);
  CHECK(other.body == "hello");
  const auto all_came = [&] {
    request.read();
    return request.ended;
  };
  CHECK((f.run_until(all_came) || f.run_until(all_came)));
  CHECK((request.body == body));
  request.hello();
  client.await(large);
  CHECK(large.complete());
}

TEST_CASE("an answer before the request's end ends the stream, and the connection goes on") {
  H2BackFixture f;
  Client2 client(f);
  H2Call& call = client.request(post_fields({{"content-length", "1000000"}}), false);
  call.send("begin", false);
  H2Server& server = f.accept();
  H2Served& request = f.next(server);
  CHECK(f.run_until([&] { return request.body == "begin"; }));
  request.answer(403, {{"content-length", "2"}}, false);
  request.send("no", true);
  client.await(call);
  CHECK(call.status() == "403");
  CHECK(call.body == "no");
  CHECK(f.run_until([&] { return request.over(); }));
  H2Call& next = client.get();
  f.next(server).hello();
  client.await(next);
  CHECK(f.counters().connections_total == 1);
}

TEST_CASE("a client that goes resets its stream, and the connection goes on") {
  H2BackFixture f;
  auto client = f.connect();
  client->send(kGet);
  H2Server& server = f.accept();
  H2Served& request = f.next(server);
  client->abort();
  CHECK(f.run_until([&] { return request.over(); }));
  CHECK(request.error == H2Error::kCancel);
  auto other = f.connect();
  other->send(kGet);
  f.next(server).hello();
  (void)f.receive_until(*other, "hello");
}

TEST_CASE("WebSockets of clients of both versions go over HTTP/2 where the server takes them") {
  H2BackFixture f;
  http::H2Settings settings;
  settings.extended_connect = true;
  auto client = f.connect();
  client->send(
      "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  H2Server& server = f.accept(0, settings);
  H2Served& chat = f.next(server);
  CHECK(chat.fields == FieldTexts{{":method", "CONNECT"},
                                  {":protocol", "websocket"},
                                  {":scheme", "http"},
                                  {":path", "/chat"},
                                  {":authority", "a"},
                                  {"sec-websocket-version", "13"}});
  CHECK_FALSE(chat.ended);
  chat.answer(200, {}, false);
  CHECK(f.receive_until(*client, kHeadEnd) ==
        "HTTP/1.1 101 Switching Protocols\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  client->send("ping");
  CHECK(f.run_until([&] { return chat.body == "ping"; }));
  chat.send("pong", false);
  CHECK(f.receive_until(*client, "pong") == "pong");
  client->finish_sending();
  CHECK(f.run_until([&] { return chat.ended; }));
  chat.send("bye", true);
  CHECK(f.run_until([&] {
    client->receive();
    return client->over();
  }));
  CHECK(client->received == "bye");

  Client2 second(f);
  CHECK(f.run_until([&] { return second.may_open_websockets(); }));
  H2Call& call = second.request({{":method", "CONNECT"},
                                 {":protocol", "websocket"},
                                 {":scheme", "http"},
                                 {":path", "/chat"},
                                 {":authority", "a"}},
                                false);
  H2Served& other = f.next(server);
  CHECK(other.field(":protocol") == "websocket");
  other.answer(200, {}, false);
  CHECK(f.run_until([&] { return call.status() == "200"; }));
  call.send("hi", true);
  CHECK(f.run_until([&] { return other.ended; }));
  CHECK(other.body == "hi");
  other.send("", true);
  second.await(call);
  CHECK(call.complete());
}

TEST_CASE("a WebSocket to a server that takes none is answered with 501") {
  H2BackFixture f;
  for (int i = 0; i < 2; ++i) {  // over a new connection and over one that is known
    auto client = f.connect();
    client->send(
        "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    if (i == 0) (void)f.accept();
    CHECK(f.receive_until(*client, "</html>\n").starts_with("HTTP/1.1 501 "));
  }
  CHECK(f.access.lines.back().find(" PC-- ") != std::string::npos);
}

TEST_CASE("an offer of another protocol than a WebSocket ends here") {
  H2BackFixture f;
  auto client = f.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo/2\r\n\r\n");
  H2Server& server = f.accept();
  H2Served& request = f.next(server);
  CHECK(request.field(":method") == "GET");
  CHECK(request.field("upgrade").empty());
  request.hello();
  (void)f.receive_until(*client, "hello");
}

TEST_CASE("CONNECT opens a tunnel where it may") {
  H2BackFixture f(1, {}, {.allow_connect = true});
  auto client = f.connect();
  client->send("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n");
  H2Server& server = f.accept();
  H2Served& request = f.next(server);
  CHECK(request.fields == FieldTexts{{":method", "CONNECT"}, {":authority", "b:443"}});
  request.answer(200, {}, false);
  (void)f.receive_until(*client, kHeadEnd);
  client->send("ping");
  CHECK(f.run_until([&] { return request.body == "ping"; }));
  client->abort();
  CHECK(f.run_until([&] { return request.over(); }));
}

TEST_CASE("servers are told of a client's certificate as over HTTP/1.1, and nobody else can") {
  FrontendSettings frontend;
  frontend.certificate_fields.emplace();
  H2BackFixture f(1, {}, frontend);
  auto client = f.connect();
  client->send(
      "GET / HTTP/1.1\r\nHost: a\r\nX-SSL-Client-Verify: SUCCESS\r\nX_SSL_Client_DN: CN=eve\r\n"
      "Connection: X-SSL-Client-Verify\r\n\r\n");
  H2Server& server = f.accept();
  H2Served& request = f.next(server);
  CHECK(request.fields == FieldTexts{{":method", "GET"},
                                     {":scheme", "http"},
                                     {":path", "/"},
                                     {":authority", "a"},
                                     {"x-ssl-client-verify", "NONE"}});
}

TEST_CASE("targets of all forms and the address of the client are passed on as to HTTP/1.1") {
  H2BackFixture f(1, {.forwarded_for = "X-Forwarded-For"});
  auto client = f.connect();
  client->send("OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n\r\n");
  H2Server& server = f.accept();
  H2Served& star = f.next(server);
  CHECK(star.field(":path") == "*");
  CHECK(star.field("max-forwards") == "2");
  CHECK(star.field("x-forwarded-for") == "127.0.0.1");
  star.hello();
  (void)f.receive_until(*client, "hello");
  client->send("GET http://b.example?q HTTP/1.1\r\nHost: b.example\r\n\r\n");
  H2Served& absolute = f.next(server);
  CHECK(absolute.field(":path") == "/?q");
  CHECK(absolute.field(":authority") == "b.example");
  CHECK(absolute.field("host").empty());
  absolute.hello();
  (void)f.receive_until(*client, "hello");
  client->send("GET / HTTP/1.0\r\n\r\n");
  H2Served& old = f.next(server);
  CHECK(old.field(":authority") == f.servers[0].endpoint().to_string());
  old.answer(200, {}, false);
  old.send("until the end", true);
  CHECK(f.receive_until(*client, "until the end").find("Transfer-Encoding") == std::string::npos);
}
