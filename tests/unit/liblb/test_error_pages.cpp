// Which of our own error pages leave the client its connection, and what becomes of the rest of the
// request then.
#include "common/base/text.hpp"
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::seconds;

constexpr std::string_view kPost = "POST / HTTP/1.1\r\nHost: a\r\n";

/// Its only server is down: each request is answered with 503, unless restore() was called.
struct Downed : HttpFixture {
  explicit Downed(FrontendSettings frontend = {}) : HttpFixture(1, std::move(frontend)) {
    engine.set_server_health(0, 0, {.standing = Standing::kDown, .state = "DOWN"});
  }
  void restore() { engine.set_server_health(0, 0, {}); }
  /// The page that such a request gets.
  [[nodiscard]] std::string page_for(Peer& client, std::string_view request) {
    client.send(request);
    std::string page = receive_page(client);
    CHECK(status_of(page) == "503");
    return page;
  }
};

bool announces_close(const std::string& page) {
  return page.find("Connection: close\r\n") != std::string::npos;
}

/// The client's next request on the same connection is answered by the server.
void check_goes_on(Downed& f, Peer& client) {
  f.restore();
  client.send(kGet);
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
  f.answer(*server, client);
}

TEST_CASE("a connection outlives the failures of servers: 502, 503 and 504") {
  Downed f;
  auto client = f.connect();
  CHECK_FALSE(announces_close(f.page_for(*client, kGet)));
  check_goes_on(f, *client);

  HttpFixture g;
  auto [other, server] = g.get();
  server->send("nonsense\r\n\r\n");
  CHECK(status_of(g.receive_page(*other)) == "502");
  other->send(kGet);
  auto second = g.accept();
  CHECK(g.receive_until(*second, kHeadEnd) == kGet);
  g.let_pass(seconds(51));
  CHECK(status_of(g.receive_page(*other)) == "504");
  other->send(kGet);
  auto third = g.accept();
  CHECK(g.receive_until(*third, kHeadEnd) == kGet);
  g.answer(*third, *other);
}

TEST_CASE("requests that came together each get their page") {
  Downed f;
  auto client = f.connect();
  client->send(base::concat(kGet, kPost, "Content-Length: 2\r\n\r\nhi", kGet));
  for (int i = 0; i < 3; ++i) {
    REQUIRE(f.run_until([&] {
      client->receive();
      return client->received.find("</html>\n") != std::string::npos;
    }));
    const auto end = client->received.find("</html>\n") + 8;
    CHECK(status_of(client->received) == "503");
    client->received.erase(0, end);
  }
  CHECK(client->received.empty());
  CHECK(f.access.lines.size() == 3);
  check_goes_on(f, *client);
}

TEST_CASE("what was sent of a body is never taken for the next request") {
  const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
  REQUIRE(smuggled.size() == 0x23);
  for (const std::string& body :
       {base::concat("Content-Length: ", smuggled.size(), "\r\n\r\n", smuggled),
        base::concat("Transfer-Encoding: chunked\r\n\r\n23\r\n", smuggled,
                     "\r\n0\r\nX-T: 1\r\n\r\n")}) {
    CAPTURE(body);
    Downed f;
    auto client = f.connect();
    CHECK_FALSE(announces_close(f.page_for(*client, base::concat(kPost, body))));
    check_goes_on(f, *client);
    CHECK(f.access.lines.size() == 2);
  }
}

TEST_CASE("a body that still comes is waited for and thrown away") {
  Downed f;
  auto client = f.connect();
  const std::string page =
      f.page_for(*client, base::concat(kPost, "Content-Length: 9\r\n\r\nhalf"));
  CHECK_FALSE(announces_close(page));
  f.send_and_settle(*client, "-now");
  f.send_and_settle(*client, "x");
  check_goes_on(f, *client);
  CHECK(row_of(f.engine.stats(), "FRONTEND").bin ==
        kPost.size() + std::string("Content-Length: 9\r\n\r\n").size() + 9 + kGet.size());
}

TEST_CASE("a body that a server had begun to take is thrown away as well") {
  HttpFixture f;
  auto client = f.connect();
  client->send(base::concat(kPost, "Content-Length: 9\r\n\r\nhalf"));
  auto server = f.accept();
  (void)f.receive_until(*server, "half");
  server->abort();
  CHECK(status_of(f.receive_page(*client)) == "502");
  f.send_and_settle(*client, "-now!");
  client->send(kGet);
  auto second = f.accept();
  CHECK(f.receive_until(*second, kHeadEnd) == kGet);
  f.answer(*second, *client);
}

TEST_CASE("a body of up to 64 KiB is thrown away, a longer one ends the connection") {
  Downed f;
  auto client = f.connect();
  const std::string page =
      f.page_for(*client, base::concat(kPost, "Content-Length: 65536\r\n\r\n"));
  CHECK_FALSE(announces_close(page));
  f.send_and_settle(*client, std::string(65536, 'x'));
  check_goes_on(f, *client);

  Downed g;
  auto other = g.connect();
  CHECK(announces_close(g.page_for(*other, base::concat(kPost, "Content-Length: 65537\r\n\r\n"))));
  CHECK(g.receive_all(*other).empty());
}

TEST_CASE("a chunked body that proves too long ends the connection") {
  Downed f;
  auto client = f.connect();
  const std::string request = base::concat(kPost, "Transfer-Encoding: chunked\r\n\r\n");
  CHECK_FALSE(announces_close(f.page_for(*client, request)));
  std::string chunks;
  for (int i = 0; i < 17; ++i) chunks += base::concat("1000\r\n", std::string(4096, 'x'), "\r\n");
  f.send_and_settle(*client, chunks);
  CHECK(f.receive_all(*client).empty());
}

TEST_CASE("a body that breaks the rules, stops, or is given up while it is thrown away") {
  const auto begin = [](Downed& f) {
    auto client = f.connect();
    const std::string request = base::concat(kPost, "Transfer-Encoding: chunked\r\n\r\n");
    CHECK_FALSE(announces_close(f.page_for(*client, request)));
    return client;
  };
  Downed malformed;
  auto bad = begin(malformed);
  bad->send("xyz\r\n");
  CHECK(malformed.receive_all(*bad).empty());
  Downed stalled;
  auto slow = begin(stalled);
  stalled.let_pass(seconds(11));
  CHECK(stalled.receive_all(*slow).empty());
  for (const bool with_reset : {false, true}) {
    Downed left;
    auto gone = begin(left);
    with_reset ? gone->abort() : gone->close();
    CHECK(left.run_until([&] { return left.engine.session_count() == 0; }));
    CHECK(left.access.lines.size() == 1);
  }
}

TEST_CASE("a client that may send its body or leave it out loses its connection") {
  Downed f;
  auto client = f.connect();
  const std::string request =
      base::concat(kPost, "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  CHECK(announces_close(f.page_for(*client, request)));
  CHECK(f.receive_all(*client).empty());
}

TEST_CASE("what the client or the frontend said about the connection holds for pages too") {
  Downed f;
  auto closing = f.connect();
  CHECK(announces_close(
      f.page_for(*closing, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")));
  CHECK(f.receive_all(*closing).empty());
  auto old = f.connect();
  CHECK(announces_close(f.page_for(*old, "GET / HTTP/1.0\r\n\r\n")));
  CHECK(f.receive_all(*old).empty());
  auto kept = f.connect();
  const std::string page = f.page_for(*kept, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(page.find("Connection: keep-alive\r\n") != std::string::npos);
  check_goes_on(f, *kept);

  Downed once({.connection_mode = ConnectionMode::kClose});
  auto client = once.connect();
  CHECK(announces_close(once.page_for(*client, kGet)));
  Downed leaving;
  auto last = leaving.connect();
  leaving.settle();
  last->send("GET / HT");
  leaving.settle();
  leaving.engine.begin_drain(event::now() + seconds(60), [](const DrainReport&) {});
  CHECK(announces_close(leaving.page_for(*last, "TP/1.1\r\nHost: a\r\n\r\n")));
}

TEST_CASE("an answer to HEAD has no body, and the next response begins right behind its head") {
  Downed f;
  auto client = f.connect();
  client->send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(status_of(f.receive_until(*client, kHeadEnd)) == "503");
  check_goes_on(f, *client);
}

TEST_CASE("a refused TRACE leaves the connection, a refused CONNECT does not") {
  HttpFixture f;
  auto client = f.connect();
  client->send("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string page = f.receive_page(*client);
  CHECK(status_of(page) == "405");
  CHECK_FALSE(announces_close(page));
  client->send(kGet);
  auto server = f.accept();
  CHECK(f.receive_until(*server, kHeadEnd) == kGet);
  auto tunneller = f.connect();
  tunneller->send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(announces_close(f.receive_all(*tunneller)));
}

TEST_CASE("what is wrong with the request itself ends the connection") {
  const auto answer_to = [](HttpFixture& f, const std::string& request) {
    auto client = f.connect();
    client->send(request);
    return f.receive_all(*client);
  };
  HttpFixture f(1, {.max_body_bytes = 8});
  CHECK(announces_close(answer_to(f, "GET / HTTP/1.1\r\n\r\n")));
  CHECK(announces_close(answer_to(f, base::concat(kPost, "Content-Length: 9\r\n\r\n123456789"))));
}

}  // namespace
}  // namespace hapair::lb::test
