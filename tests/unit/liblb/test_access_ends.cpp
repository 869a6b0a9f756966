// The access line of each way in which an exchange can end: status, server, termination code, and
// which of the timers were reached, as HAProxy would write them.
#include "common/base/text.hpp"
#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// What matters of an httplog or tcplog line: "pool/s1 0/0/0/0/0 200 ---- 0/0/0/0/0" with a 0 for
/// each time that passed.
std::string gist(const std::string& line) {
  const auto words = base::split(line, ' ');
  REQUIRE(words.size() >= 7);
  const bool http = line.find(" - - ") != std::string::npos;
  std::string times;
  for (const std::string_view time : base::split(words[4], '/')) {
    times += times.empty() ? "" : "/";
    times += time == "-1" ? "-1" : "0";
  }
  std::string out = base::concat(words[3], " ", times, " ");
  if (http) out += base::concat(words[5], " ", words[9]);
  if (!http) out += words[6];
  return out;
}

/// The one line that there is.
std::string only(Fixture& f) {
  CHECK(f.run_until([&] { return !f.access.lines.empty(); }));
  f.settle();
  REQUIRE(f.access.lines.size() == 1);
  return f.access.lines[0];
}

std::string request(std::string_view rest) {
  return base::concat("POST / HTTP/1.1\r\nHost: a\r\n", rest);
}

TEST_CASE("a finished exchange: ----") {
  HttpFixture f;
  auto [client, server] = f.get();
  f.answer(*server, *client);
  CHECK(gist(only(f)) == "pool/s1 0/0/0/0/0 200 ----");
}

TEST_CASE("a client that goes in the middle of its head: CR") {
  for (const bool with_reset : {false, true}) {
    HttpFixture f;
    auto client = f.connect();
    client->send("GET / HT");
    f.settle();
    with_reset ? client->abort() : client->close();
    const std::string line = only(f);
    CHECK(gist(line) == "front/<NOSRV> -1/-1/-1/-1/0 400 CR--");
    CHECK(line.ends_with(" \"<BADREQ>\""));
  }
}

TEST_CASE("a head that does not come to its end in time: cR") {
  HttpFixture f;
  auto client = f.connect();
  client->send("GET / HT");
  f.let_pass(seconds(11));
  CHECK(gist(only(f)) == "front/<NOSRV> -1/-1/-1/-1/0 408 cR--");
}

TEST_CASE("a malformed head: PR") {
  HttpFixture f;
  auto client = f.connect();
  client->send("GET / HTTP/1.1\nHost: a\n\n");
  CHECK(gist(only(f)) == "front/<NOSRV> -1/-1/-1/-1/0 400 PR--");
}

TEST_CASE("a body that is announced too large: PR, with the request's time") {
  HttpFixture f(1, {.max_body_bytes = 10});
  auto client = f.connect();
  client->send(request("Content-Length: 11\r\n\r\n"));
  CHECK(gist(only(f)) == "pool/<NOSRV> 0/-1/-1/-1/0 413 PR--");
}

TEST_CASE("the statistics page: LR") {
  Fixture f;
  auto client = f.connect(f.add_frontend({.stats_uri = "/stats"}));
  client->send("GET /stats HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(gist(only(f)) == "front/<STATS> 0/0/0/0/0 200 LR--");
}

TEST_CASE("a request that goes no further than here: LR") {
  HttpFixture f;
  auto client = f.connect();
  client->send("OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n");
  CHECK(gist(only(f)) == "front/<NOSRV> 0/-1/-1/-1/0 200 LR--");
}

TEST_CASE("no backend, and no usable server: SC") {
  Fixture bare;
  auto client = bare.connect(bare.add_frontend({.stats_uri = "/stats"}));
  client->send(kGet);
  CHECK(gist(only(bare)) == "front/<NOSRV> 0/-1/-1/-1/0 503 SC--");
  HttpFixture f;
  f.engine.set_server_health(0, 0, {.standing = Standing::kDown, .state = "DOWN"});
  auto other = f.connect();
  other->send(kGet);
  CHECK(gist(only(f)) == "pool/<NOSRV> 0/-1/-1/-1/0 503 SC--");
}

TEST_CASE("a server that refuses: SC, with the retries") {
  Fixture f;
  f.add_backend({refusing_endpoint()});
  auto client = f.connect(f.add_frontend({.backend = 0}));
  client->send(kGet);
  f.let_pass(milliseconds(300));
  f.let_pass(milliseconds(300));
  const std::string line = only(f);
  CHECK(gist(line) == "pool/s1 0/0/-1/-1/0 503 SC--");
  CHECK(line.find("/2 0/0 \"") != std::string::npos);
}

TEST_CASE("a server that hangs up before its response, and one that is silent: SH and sH") {
  HttpFixture f;
  auto [client, server] = f.get();
  server->close();
  CHECK(gist(only(f)) == "pool/s1 0/0/0/-1/0 502 SH--");
  HttpFixture g;
  const Ends ends = g.get();
  g.let_pass(seconds(51));
  CHECK(gist(only(g)) == "pool/s1 0/0/0/-1/0 504 sH--");
}

TEST_CASE("a malformed response: PH") {
  HttpFixture f;
  auto [client, server] = f.get();
  server->send("nonsense\r\n\r\n");
  CHECK(gist(only(f)) == "pool/s1 0/0/0/-1/0 502 PH--");
}

TEST_CASE("a client that goes before the response: CH") {
  HttpFixture f;
  auto [client, server] = f.get();
  client->abort();
  CHECK(gist(only(f)) == "pool/s1 0/0/0/-1/0 -1 CH--");
}

TEST_CASE("the request's body: given up CD, too slow cD, malformed PD") {
  const auto begin = [](HttpFixture& f, std::string_view rest) {
    auto client = f.connect();
    client->send(request(rest));
    auto server = f.accept();
    f.settle();
    return Ends{std::move(client), std::move(server)};
  };
  HttpFixture f;
  begin(f, "Content-Length: 10\r\n\r\nhalf").client->close();
  CHECK(gist(only(f)) == "pool/s1 0/0/0/-1/0 -1 CD--");
  HttpFixture g;
  const Ends slow = begin(g, "Content-Length: 10\r\n\r\nhalf");
  g.let_pass(seconds(51));
  CHECK(gist(only(g)) == "pool/s1 0/0/0/-1/0 408 cD--");
  HttpFixture h;
  const Ends bad = begin(h, "Transfer-Encoding: chunked\r\n\r\n");
  bad.client->send("zz\r\n");
  CHECK(gist(only(h)) == "pool/s1 0/0/0/-1/0 400 PD--");
}

TEST_CASE("the response's body: cut by the server SD, stalled sD, malformed PD, given up CD") {
  const auto begin = [](HttpFixture& f, std::string_view head) {
    Ends ends = f.get();
    ends.server->send(base::concat("HTTP/1.1 200 OK\r\n", head));
    (void)f.receive_until(*ends.client, "half");
    return ends;
  };
  constexpr std::string_view kLength = "Content-Length: 10\r\n\r\nhalf";
  HttpFixture cut;
  begin(cut, kLength).server->close();
  CHECK(gist(only(cut)) == "pool/s1 0/0/0/0/0 200 SD--");
  HttpFixture stalled;
  const Ends stalled_ends = begin(stalled, kLength);
  stalled.let_pass(seconds(51));
  CHECK(gist(only(stalled)) == "pool/s1 0/0/0/0/0 200 sD--");
  HttpFixture gone;
  begin(gone, kLength).client->abort();
  CHECK(gist(only(gone)) == "pool/s1 0/0/0/0/0 200 CD--");
  HttpFixture bad;
  Ends ends = bad.get();
  ends.server->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
  (void)bad.receive_until(*ends.client, "1\r\nx\r\n");
  ends.server->send("zz\r\n");
  CHECK(gist(only(bad)) == "pool/s1 0/0/0/0/0 200 PD--");
}

TEST_CASE("connections that this node resets as it gives an address up: K") {
  HttpFixture f;
  auto [client, server] = f.get();
  f.engine.reset_all();
  CHECK(gist(only(f)) == "pool/s1 0/0/0/-1/0 -1 KH--");
  CHECK(row_of(f.engine.stats(), "BACKEND").cli_abrt == 0);
}

TEST_CASE("a connection without a byte is logged only where that is wanted") {
  HttpFixture quiet;
  quiet.connect()->close();
  quiet.settle();
  CHECK(quiet.access.lines.empty());
  HttpFixture f(1, {.log_null = true});
  f.connect()->close();
  CHECK(gist(only(f)) == "front/<NOSRV> -1/-1/-1/-1/0 400 CR--");
  HttpFixture g(1, {.log_null = true});
  auto client = g.connect();
  g.let_pass(seconds(11));
  CHECK(gist(only(g)) == "front/<NOSRV> -1/-1/-1/-1/0 408 cR--");
}

TEST_CASE("after its first request an idle connection ends without a line of its own") {
  HttpFixture f(1, {.log_null = true});
  auto [client, server] = f.get();
  f.answer(*server, *client);
  client->close();
  (void)only(f);
}

TEST_CASE("fields that the frontend captures stand between braces") {
  HttpFixture f(1, {.capture_request = {"host", "User-Agent"},
                    .capture_response = {"Content-Length", "X-None"},
                    .capture_length = 7});
  auto [client, server] = f.get();
  f.answer(*server, *client);
  CHECK(only(f).find(" {example|} {5|} \"GET ") != std::string::npos);
}

TEST_CASE("what is captured of one response is not taken for another's") {
  HttpFixture f(1, {.capture_response = {"Content-Length"}});
  auto [client, server] = f.get();
  f.answer(*server, *client);
  client->send(kGet);
  (void)f.receive_until(*server, kHeadEnd);
  server->send("nonsense\r\n\r\n");
  REQUIRE(f.run_until([&] { return f.access.lines.size() == 2; }));
  CHECK(f.access.lines[1].find(" {} \"GET ") != std::string::npos);
}

TEST_CASE("nor for that to a request which nobody understands") {
  HttpFixture f(1, {.capture_response = {"Content-Length"}});
  auto [client, server] = f.get();
  f.answer(*server, *client);
  client->send("nonsense\r\n\r\n");
  REQUIRE(f.run_until([&] { return f.access.lines.size() == 2; }));
  CHECK(f.access.lines[1].find(" {} \"") != std::string::npos);
}

// TCP

struct TcpScene : Fixture {
  explicit TcpScene(FrontendSettings settings = {}) {
    add_backend({server.endpoint()}, {.mode = Mode::kTcp});
    settings.mode = Mode::kTcp;
    settings.backend = 0;
    settings.access_format = AccessFormat::kTcp;
    front = add_frontend(std::move(settings));
  }
  FakeServer server;
  base::Endpoint front;
};

TEST_CASE("TCP: in order --, cut by the server SD, by the client CD, reset by us KD") {
  const auto relay = [](TcpScene& f) {
    Ends ends{f.connect(f.front), f.accept(f.server)};
    ends.client->send("x");
    (void)f.receive_bytes(*ends.server, 1);
    return ends;
  };
  TcpScene fine;
  Ends ends = relay(fine);
  ends.client->close();
  ends.server->close();
  CHECK(gist(only(fine)) == "pool/s1 0/0/0 --");
  TcpScene cut;
  const Ends cut_ends = relay(cut);
  cut_ends.server->abort();
  CHECK(gist(only(cut)) == "pool/s1 0/0/0 SD");
  TcpScene gone;
  const Ends gone_ends = relay(gone);
  gone_ends.client->abort();
  CHECK(gist(only(gone)) == "pool/s1 0/0/0 CD");
  TcpScene reset;
  const Ends reset_ends = relay(reset);
  reset.engine.reset_all();
  CHECK(gist(only(reset)) == "pool/s1 0/0/0 KD");
}

TEST_CASE("TCP: a server that refuses is SC with the retries, none at all is SC without one") {
  Fixture f;
  f.add_backend({refusing_endpoint()}, {.mode = Mode::kTcp});
  auto client = f.connect(
      f.add_frontend({.mode = Mode::kTcp, .backend = 0, .access_format = AccessFormat::kTcp}));
  f.settle();
  f.let_pass(milliseconds(300));
  f.let_pass(milliseconds(300));
  const std::string line = only(f);
  CHECK(gist(line) == "pool/s1 0/-1/0 SC");
  CHECK(line.ends_with("/2 0/0"));
  TcpScene down;
  down.engine.set_server_health(0, 0, {.standing = Standing::kDown, .state = "DOWN"});
  auto other = down.connect(down.front);
  CHECK(gist(only(down)) == "pool/<NOSRV> -1/-1/0 SC");
}

TEST_CASE("TCP: a probe of the port is logged only where that is wanted") {
  const auto probe = [](TcpScene& f) {
    auto client = f.connect(f.front);
    auto server = f.accept(f.server);
    client->close();
    (void)f.receive_all(*server);
    server->close();
    f.settle();
  };
  TcpScene quiet;
  probe(quiet);
  CHECK(quiet.access.lines.empty());
  TcpScene f({.log_null = true});
  probe(f);
  CHECK(gist(only(f)) == "pool/s1 0/0/0 --");
}

}  // namespace
}  // namespace hapair::lb::test
