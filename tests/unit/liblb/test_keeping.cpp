// Clients that are kept on their servers, and clients that ask too often, whatever version of HTTP
// they and the servers speak; and connections in mode tcp.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/liblb/contract_client.hpp"
#include "tests/unit/liblb/h2_server.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::test;

using std::chrono::seconds;

namespace {

BackendSettings with_cookie(CookieSettings cookie = {}) {
  cookie.name = "SRV";
  cookie.indirect = true;
  return {.cookie = std::move(cookie), .cookie_key = std::string(32, 'k')};
}

FrontendSettings with_limit(std::uint32_t requests) {
  return {.rate_limits = {{.limit = requests, .per = seconds(10)}}};
}

/// "NAME=value" of a Set-Cookie field.
std::string pair_of(const std::string& field) { return field.substr(0, field.find(';')); }

/// A client whose request any of the fixture's servers may get.
template <class Client>
struct AnyServer : ContractFixture<Client> {
  using ContractFixture<Client>::ContractFixture;

  /// A whole exchange on a connection of its own to the server; returns which one it was.
  std::size_t serve(const Ask& ask) {
    this->client->ask(ask);
    std::unique_ptr<Peer> server;
    std::size_t index = 0;
    REQUIRE(this->run_until([&] {
      for (index = 0; index < this->servers.size(); ++index) {
        if ((server = this->servers[index].accept()) != nullptr) return true;
      }
      return false;
    }));
    this->heard = this->receive_until(*server, kHeadEnd);
    server->send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    CHECK(this->answer().body == "ok");
    return index;
  }
};

}  // namespace

CONTRACT("a client gets a cookie, and with it comes to its server, which doesn't see it") {
  AnyServer<Client> f(3, {}, with_cookie({.no_cache = true}));
  const std::size_t server = f.serve({});
  const std::string given = f.client->answer().field("set-cookie");
  CHECK(given.starts_with("SRV="));
  CHECK((given.find("; Secure") != std::string::npos) == over_tls());
  CHECK(f.client->answer().field("cache-control") == "private");
  for (int i = 0; i < 4; ++i) {
    CHECK(f.serve({.fields = {{"cookie", "a=1; " + pair_of(given) + "; b=2"}}}) == server);
    CHECK(f.heard.find("a=1; b=2\r\n") != std::string::npos);
    CHECK(f.heard.find("SRV") == std::string::npos);
    CHECK(f.client->answer().field("set-cookie").empty());
  }
  REQUIRE(f.access.lines.size() == 5);
  CHECK(f.access.lines[0].find(" --NI ") != std::string::npos);
  CHECK(f.access.lines[4].find(" --VN ") != std::string::npos);
}

CONTRACT("another node's cookie is as good, a stranger's is not") {
  AnyServer<Client> here(3, {}, with_cookie());
  AnyServer<Client> there(3, {}, with_cookie());
  BackendSettings strange = with_cookie();
  strange.cookie_key = std::string(32, 'x');
  AnyServer<Client> elsewhere(3, {}, strange);
  const std::size_t server = here.serve({});
  const std::string cookie = pair_of(here.client->answer().field("set-cookie"));
  CHECK(there.serve({.fields = {{"cookie", cookie}}}) == server);
  CHECK(there.client->answer().field("set-cookie").empty());
  elsewhere.serve({.fields = {{"cookie", cookie}}});
  CHECK_FALSE(elsewhere.client->answer().field("set-cookie").empty());
  CHECK(elsewhere.access.lines.back().find(" --II ") != std::string::npos);
}

CONTRACT("a server's own cookie is prefixed on its way out, and comes back bare") {
  BackendSettings backend = with_cookie({.mode = CookieMode::kPrefix});
  backend.cookie->indirect = false;
  ContractFixture<Client> f(1, {}, backend);
  const auto server = f.ask({});
  server->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: SRV=abc; Path=/\r\n\r\n");
  const std::string given = f.answer().field("set-cookie");
  CHECK(given.ends_with("~abc; Path=/"));
  f.client->ask({.fields = {{"cookie", pair_of(given)}}});
  CHECK(lowered(f.receive_until(*server, kHeadEnd)).find("cookie: srv=abc\r\n") !=
        std::string::npos);
}

CONTRACT("one request too many is answered with 429 and when to come again") {
  FrontendSettings frontend = with_limit(2);
  frontend.http_keep_alive_timeout = seconds(60);  // longer than it may have to wait
  ContractFixture<Client> f(1, frontend);
  const auto server = f.ask({});
  server->send(kHello);
  CHECK(f.answer().status() == "200");
  f.client->ask({});
  CHECK(f.receive_until(*server, kHeadEnd).starts_with("GET"));
  server->send(kHello);
  CHECK(f.answer().status() == "200");
  f.client->ask({});
  CHECK(f.answer().status() == "429");
  CHECK(f.client->answer().complete);
  const std::string wait = f.client->answer().field("retry-after");
  CHECK(std::stoi(wait) >= 1);
  CHECK(std::stoi(wait) <= 12);
  CHECK(f.access.lines.back().find(" 429 ") != std::string::npos);
  CHECK(f.access.lines.back().find(" PR-- ") != std::string::npos);
  CHECK(row_of(f.engine.stats(), "FRONTEND").dreq == 1);
  // It counts for nothing, so the client may again when it was told.
  server->close();
  f.let_pass(seconds(std::stoi(wait)));
  f.ask({})->send(kHello);
  CHECK(f.answer().status() == "200");
}

CONTRACT("a backend has a limit of its own, by a field that tells clients apart") {
  BackendSettings backend;
  backend.rate_limits = {
      {.limit = 1, .per = seconds(10), .by = {.source = KeySource::kHeader, .name = "x-key"}}};
  AnyServer<Client> f(1, {}, backend);
  f.serve({.fields = {{"x-key", "a"}}});
  f.serve({.fields = {{"x-key", "b"}}});
  f.client->ask({.fields = {{"x-key", "a"}}});
  CHECK(f.answer().status() == "429");
  CHECK(row_of(f.engine.stats(), "BACKEND").dreq == 1);
  CHECK(row_of(f.engine.stats(), "FRONTEND").dreq == 0);
}

CONTRACT("a client that meets with too many errors is refused for a while, another one is not") {
  FrontendSettings frontend;
  frontend.rate_limits = {{.of = RateOf::kErrors,
                           .limit = 2,
                           .per = seconds(10),
                           .by = {.source = KeySource::kHeader, .name = "x-key"}}};
  ContractFixture<Client> f(1, frontend);
  const Ask ask{.fields = {{"x-key", "a"}}};
  const auto server = f.ask(ask);
  for (int i = 0; i < 2; ++i) {
    if (i > 0) {
      f.client->ask(ask);
      (void)f.receive_until(*server, kHeadEnd);
    }
    server->send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    CHECK(f.answer().status() == "404");
  }
  f.client->ask(ask);
  CHECK(f.answer().status() == "429");
  f.client->ask({.fields = {{"x-key", "b"}}});
  (void)f.receive_until(*server, kHeadEnd);
  server->send(kHello);
  CHECK(f.answer().status() == "200");
}

CONTRACT("a refused request with a body leaves nothing behind") {
  ContractFixture<Client> f(1, with_limit(1));
  f.ask({})->send(kHello);
  CHECK(f.answer().status() == "200");
  f.client->ask({.method = "POST", .has_body = true});
  f.client->send(numbered_text(1000), true);
  CHECK(f.answer().status() == "429");
  f.let_pass(seconds(12));
  CHECK(row_of(f.engine.stats(), "FRONTEND").dreq == 1);
}

TEST_CASE("servers of HTTP/2 don't see the cookie, and their clients get it") {
  H2BackFixture f(1, with_cookie());
  auto client = f.connect();
  client->send(kGet);
  H2Server& server = f.accept();
  f.next(server).hello();
  const std::string answer = f.receive_until(*client, "hello");
  const std::size_t at = answer.find("Set-Cookie: SRV=");
  REQUIRE(at != std::string::npos);
  const std::string cookie = answer.substr(at + 12, answer.find(';', at) - at - 12);
  client->send("GET / HTTP/1.1\r\nHost: a\r\nCookie: x=1; " + cookie + "\r\n\r\n");
  H2Served& request = f.next(server);
  bool seen = false;
  for (const auto& [name, value] : request.fields) {
    if (name == "cookie") seen = value == "x=1";
  }
  CHECK(seen);
  request.hello();
  CHECK(f.receive_until(*client, "hello").find("Set-Cookie") == std::string::npos);
}

namespace {

/// Mode tcp before some servers.
struct TcpKeeping : Fixture {
  TcpKeeping(BackendSettings backend, FrontendSettings frontend = {}) : servers(3) {
    backend.mode = frontend.mode = Mode::kTcp;
    frontend.backend = add_backend(endpoints_of(servers), std::move(backend));
    front = add_frontend(std::move(frontend));
  }
  /// The server that a new connection came to.
  std::size_t open() {
    clients.push_back(connect(front));
    std::size_t index = 0;
    CHECK(run_until([&] {
      clients.back()->send("");
      for (index = 0; index < servers.size(); ++index) {
        if ((accepted = servers[index].accept()) != nullptr) return true;
      }
      return false;
    }));
    settle();
    return index;
  }

  std::vector<FakeServer> servers;
  std::vector<std::unique_ptr<Peer>> clients;
  std::unique_ptr<Peer> accepted;
  base::Endpoint front;
};

}  // namespace

TEST_CASE("connections of one address come to one server, until they have stayed away") {
  TcpKeeping f({.stick = StickSettings{.expire = seconds(60)}});
  const std::size_t server = f.open();
  for (int i = 0; i < 3; ++i) CHECK(f.open() == server);
  f.let_pass(seconds(61));
  CHECK(f.open() != server);
}

TEST_CASE("a connection too many is closed at once, at the frontend or before the backend") {
  const RateLimitSettings two{.of = RateOf::kConnections, .limit = 2, .per = seconds(10)};
  const auto over = [](TcpKeeping& f) {
    f.open();
    f.open();
    const auto third = f.connect(f.front);
    CHECK(f.run_until([&] {
      third->receive();
      return third->over();
    }));
    f.let_pass(seconds(12));
    f.open();
  };
  SUBCASE("frontend") {
    TcpKeeping f({}, {.rate_limits = {two}});
    over(f);
    CHECK(row_of(f.engine.stats(), "FRONTEND").dcon == 1);
  }
  SUBCASE("backend") {
    TcpKeeping f({.rate_limits = {two}});
    over(f);
    CHECK(f.access.lines.size() == 1);
    CHECK(f.access.lines.back().find(" PR ") != std::string::npos);
  }
}
