// Rules that ask whether a request may go on: passwords, and an auth service. Over HTTP/1.1 and
// HTTP/2, plain and under TLS.
#include <chrono>
#include <memory>

#include "common/base/base64.hpp"
#include "common/password/password_thread.hpp"
#include "liblb/core/keeping_view.hpp"
#include "liblb/core/rules/rule_list.hpp"
#include "liblb/core/rules/template.hpp"
#include "liblb/core/rules/user_list.hpp"
#include "liblb/io/engine_change.hpp"
#include "liblb/io/password_checks.hpp"
#include "liblb/io/regex_pattern.hpp"
#include "tests/unit/liblb/contract_client.hpp"
#include "tests/unit/liblb/rule_fixture.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::rules;
using namespace hapair::lb::test;

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr const char* kUsers =
    "alice:$5$rounds=1000$abcdefgh$RF8lv1uvMzz667aLN8xhzLQsMDQI1f2b52pPUMBspaD\n";
constexpr std::size_t kAuth = 1;  // the backend of the auth service

EditField set(std::string_view name, std::string_view value) {
  return {.name = std::string(name), .value = parse_template(value).value()};
}

FieldTexts with_password(std::string_view credentials) {
  return {{"authorization", "Basic " + base::to_base64(base::as_bytes(credentials))}};
}

/// Outlives the engine: a base is destroyed after those behind it.
struct WithThread {
  std::unique_ptr<password::PasswordThread> thread = password::PasswordThread::start().value();
};

/// A frontend with these actions for all requests, a list of users, and a second backend with an
/// auth service.
template <class Client>
struct AuthFixture : WithThread, ContractFixture<Client> {
  explicit AuthFixture(std::vector<Action> actions, AccessFormat format = AccessFormat::kHttp,
                       bool service_up = true)
      : ContractFixture<Client>(
            1, FrontendSettings{.stats_uri = "/stats",
                                .pages = {.users = PageUsers{.list = 0, .realm = "the page"}},
                                .access_format = format}) {
    BackendSettings settings{.name = "auth", .forwarded_for = "X-Forwarded-For"};
    settings.servers.push_back(
        {.name = "a1", .endpoint = service_up ? service.endpoint() : refusing_endpoint()});
    REQUIRE(this->engine.add_backend(std::move(settings)) == kAuth);
    this->engine.use_rules(0, always(std::move(actions)));
    std::vector<UserList> lists;
    lists.push_back(UserList::parse(kUsers).value());
    REQUIRE(this->engine.use_passwords(*thread, std::move(lists)));
  }
  /// The sub-request, and whoever is to answer it.
  [[nodiscard]] std::unique_ptr<Peer> asked() {
    auto peer = accept_in(*this, service);
    question = this->receive_until(*peer, kHeadEnd);
    return peer;
  }
  /// What the server behind the rules hears; it answers "hello".
  [[nodiscard]] std::string served(std::string_view until = kHeadEnd) {
    if (!server) server = this->accept();
    std::string request = this->receive_until(*server, until);
    server->send(kHello);
    CHECK(this->answer().body == "hello");
    return request;
  }
  /// Time goes on until the client has its answer.
  const test::Received& late_answer() {
    CHECK(this->run_until([&] {
      if (!this->client->over()) this->Fixture::let_pass(milliseconds(100));
      return this->client->over();
    }));
    return this->client->answer();
  }
  [[nodiscard]] bool logged(std::string_view part) {
    CHECK(this->run_until([&] { return !this->access.lines.empty(); }));
    const std::string line = this->access.lines.empty() ? "" : this->access.lines.back();
    CAPTURE(line);
    return line.find(part) != std::string::npos;
  }
  [[nodiscard]] std::uint64_t denied() {
    return row_of(this->engine.stats(), "FRONTEND").dreq.value_or(0);
  }
  [[nodiscard]] bool unserved() { return this->servers[0].accept() == nullptr; }

  FakeServer service;
  std::unique_ptr<Peer> server;
  std::string question;
};

ForwardAuth verify() {
  return {.backend = kAuth,
          .target = "/verify?x",
          .request_fields = {"X-Device"},
          .response_fields = {"X-User", "X-Groups"}};
}

}  // namespace

CONTRACT("a client without credentials is asked for them") {
  AuthFixture<Client> f({BasicAuth{.realm = "staff"}});
  for (const FieldTexts& fields : {FieldTexts{}, FieldTexts{{"authorization", "Bearer x"}},
                                   FieldTexts{{"authorization", "Basic YWxpY2U="}}}) {
    f.client->ask({.fields = fields});
    CHECK(f.answer().status() == "401");
    CHECK(f.answer().field("www-authenticate") == "Basic realm=\"staff\", charset=\"UTF-8\"");
    CHECK(f.answer().complete);
    CHECK(f.logged(" - - PR-- "));
  }
  CHECK(f.denied() == 3);
  CHECK(f.unserved());
}

CONTRACT("a user with a good password is served, and is in the log") {
  AuthFixture<Client> f({BasicAuth{}, set("X-After", "1")}, AccessFormat::kJson);
  for (int i = 0; i < 2; ++i) {
    f.client->ask({.fields = with_password("alice:alice-secret")});
    const std::string heard = f.served();
    CHECK(heard.find("uthorization: Basic ") != std::string::npos);
    CHECK(heard.find("\r\nX-After: 1\r\n") != std::string::npos);
    CHECK(f.logged("\"user\":\"alice\""));
  }
  CHECK(f.denied() == 0);
}

CONTRACT("credentials that are not for the server end here") {
  AuthFixture<Client> f({BasicAuth{.pass = false}});
  f.client->ask({.fields = with_password("alice:alice-secret")});
  CHECK(f.served().find("uthorization") == std::string::npos);
}

CONTRACT("a page is reached behind a rule that takes the credentials away; its user is logged") {
  AuthFixture<Client> f({BasicAuth{.pass = false}}, AccessFormat::kJson);
  f.client->ask({.path = "/stats", .fields = with_password("alice:alice-secret")});
  CHECK(f.answer().status() == "200");
  CHECK(f.pages.users == std::vector<std::string>{"alice"});
  CHECK(f.logged("\"user\":\"alice\""));
  CHECK(f.unserved());
}

CONTRACT("a wrong password and an unknown user are told late, and alike") {
  AuthFixture<Client> f({BasicAuth{.realm = "staff"}});
  for (const char* credentials : {"alice:alice", "nobody:alice-secret"}) {
    f.client->ask({.fields = with_password(credentials)});
    CHECK_FALSE(f.client->over());
    CHECK(f.late_answer().status() == "401");
    CHECK_FALSE(f.answer().field("www-authenticate").empty());
    CHECK(f.logged(" - - PR-- "));
  }
  CHECK(f.denied() == 2);
  CHECK(f.unserved());
}

CONTRACT("two Authorization fields are none") {
  AuthFixture<Client> f({BasicAuth{}});
  FieldTexts fields = with_password("alice:alice-secret");
  fields.push_back(fields.front());
  f.client->ask({.fields = fields});
  CHECK(f.answer().status() == "401");
}

TEST_CASE("requests of an earlier configuration are asked for its passwords") {
  AuthFixture<H1Contract> f({BasicAuth{}});
  f.client->ask({.fields = with_password("alice:alice-secret")});
  (void)f.served();
  const auto change = f.engine.begin_change();
  change->use_users({});
  change->keep_backend(0);
  change->keep_backend(kAuth);
  f.engine.commit(*change, {.deadline = f.loop->now() + seconds(10)});
  f.client->ask({.fields = with_password("alice:alice-secret")});
  (void)f.served();
}

CONTRACT("without a list that could be asked nobody gets in") {
  Fixture f;
  FakeServer server;
  (void)f.add_backend({server.endpoint()});
  const base::Endpoint front = f.add_frontend({.backend = 0}, {}, {}, Client::kProtocols);
  f.engine.use_rules(0, always({BasicAuth{}}));
  Client client(f, front);
  client.ask({.fields = with_password("alice:alice-secret")});
  CHECK(f.run_until([&] {
    client.turn();
    return client.over();
  }));
  CHECK(client.answer().status() == "503");
  CHECK(server.accept() == nullptr);
}

CONTRACT("the body of a request that waits reaches the server whole") {
  AuthFixture<Client> f({verify()});
  f.client->ask({.method = "POST", .fields = {{"content-length", "10"}}, .has_body = true});
  f.client->send("0123456789", true);
  const auto service = f.asked();
  CHECK(f.unserved());
  service->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(f.served("0123456789").starts_with("POST / HTTP/1.1\r\n"));
}

CONTRACT("an auth service sees what is asked for and by whom, and nothing forged") {
  AuthFixture<Client> f({verify()});
  f.client->ask({.method = "PUT",
                 .path = "/a?b",
                 .fields = {{"cookie", "s=1"},
                            {"authorization", "Bearer t"},
                            {"x-device", "d"},
                            {"x-other", "o"},
                            {"x-forwarded-uri", "/forged"},
                            {"content-length", "0"}}});
  const auto service = f.asked();
  CHECK(f.question.starts_with("GET /verify?x HTTP/1.1\r\n"));
  for (const char* line :
       {"X-Forwarded-Method: PUT", "X-Forwarded-Uri: /a?b", "X-Forwarded-Host: example.com",
        "X-Forwarded-Proto: ", "X-Forwarded-For: 127.0.0.1", "ookie: s=1", "uthorization: Bearer t",
        "evice: d"}) {
    CAPTURE(line);
    CHECK(f.question.find(line) != std::string::npos);
  }
  CHECK(f.question.find("X-Forwarded-For") == f.question.rfind("X-Forwarded-For"));
  for (const char* absent : {"forged", "ther: o", "ontent-", "Transfer-"}) {
    CAPTURE(absent);
    CHECK(f.question.find(absent) == std::string::npos);
  }
}

CONTRACT("what the service says of the user goes on, and what the client says does not") {
  AuthFixture<Client> f({verify(), set("X-After", "1")});
  f.client->ask({.fields = {{"x-user", "root"}, {"x_user", "root"}, {"x-groups", "wheel"}}});
  auto service = f.asked();
  service->send("HTTP/1.1 200 OK\r\nX-User: alice\r\nX-Secret: s\r\nContent-Length: 2\r\n\r\nok");
  const std::string heard = f.served();
  CHECK(heard == "GET / HTTP/1.1\r\nHost: example.com\r\nX-User: alice\r\nX-After: 1\r\n\r\n");
}

CONTRACT("an auth service's connection is kept for the next question") {
  AuthFixture<Client> f({verify()});
  f.client->ask({});
  const auto service = f.asked();
  service->send("HTTP/1.1 204 No Content\r\n\r\n");
  (void)f.served();
  f.client->ask({.path = "/next"});
  CHECK(f.receive_until(*service, kHeadEnd).find("X-Forwarded-Uri: /next") != std::string::npos);
  service->send("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(f.served().starts_with("GET /next "));
}

CONTRACT("a refusal is the service's own") {
  AuthFixture<Client> f({verify()});
  f.client->ask({.path = "/a"});
  auto service = f.asked();
  service->send(
      "HTTP/1.1 302 Found\r\nLocation: /login\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
      "X-Secret: s\r\nContent-Length: 0\r\n\r\n");
  CHECK(f.answer().status() == "302");
  CHECK(f.answer().field("location") == "/login");
  CHECK(f.answer().field("set-cookie") == "a=1");
  CHECK(f.answer().field("x-secret").empty());
  CHECK(f.answer().body.empty());
  CHECK(f.logged(" - - PR-- "));
  f.client->ask({.path = "/b"});
  (void)f.receive_until(*service, kHeadEnd);
  service->send(
      "HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer\r\nContent-Type: text/plain\r\n"
      "Transfer-Encoding: chunked\r\n\r\n4\r\nwho?\r\n0\r\n\r\n");
  CHECK(f.answer().status() == "401");
  CHECK(f.answer().field("www-authenticate") == "Bearer");
  CHECK(f.answer().field("content-type") == "text/plain");
  CHECK(f.answer().body == "who?");
  CHECK(f.denied() == 2);
  CHECK(f.unserved());
}

CONTRACT("of a refusal that is too long a page is left") {
  AuthFixture<Client> f({verify()});
  f.client->ask({});
  auto service = f.asked();
  service->send("HTTP/1.1 403 No\r\nContent-Length: 20000\r\n\r\n" + numbered_text(20000));
  CHECK(f.answer().status() == "403");
  CHECK(f.answer().body.ends_with("</html>\n"));
}

CONTRACT("an answer that is neither yes nor no lets nobody in") {
  AuthFixture<Client> f({verify()});
  f.client->ask({});
  auto service = f.asked();
  service->send("HTTP/1.1 500 Oops\r\nLocation: /x\r\nContent-Length: 4\r\n\r\noops");
  CHECK(f.answer().status() == "503");
  CHECK(f.answer().field("location").empty());
  CHECK(f.answer().body.find("oops") == std::string::npos);
  CHECK(f.logged(" - - SR-- "));
  CHECK(f.unserved());
}

CONTRACT("an auth service that breaks off, or is not there, lets nobody in") {
  AuthFixture<Client> broken({verify()});
  broken.client->ask({});
  auto service = broken.asked();
  service->send("HTTP/1.1 200 OK\r\nX-User: alice\r\nContent-Length: 5\r\n\r\nal");
  service->close();
  CHECK(broken.answer().status() == "503");
  CHECK(broken.unserved());
  AuthFixture<Client> down({verify()}, AccessFormat::kHttp, false);
  down.client->ask({});
  CHECK(down.late_answer().status() == "503");
  CHECK(down.unserved());
}

CONTRACT("an auth service that is silent lets nobody in once its time is over") {
  AuthFixture<Client> f({verify()});
  f.client->ask({});
  auto service = f.asked();
  f.let_pass(seconds(1));
  CHECK_FALSE(f.client->over());
  f.let_pass(seconds(2));
  CHECK(f.answer().status() == "503");
  CHECK(f.logged(" - - sR-- "));
  CHECK(f.unserved());
}

CONTRACT("what a request has waited for its answer takes nothing from its server's time") {
  ForwardAuth slow = verify();
  slow.timeout = seconds(60);
  AuthFixture<Client> f({slow}, AccessFormat::kJson);
  f.client->ask({});
  const auto service = f.asked();
  f.let_pass(seconds(8));
  service->send("HTTP/1.1 204 No Content\r\n\r\n");
  (void)f.served();
  constexpr std::string_view kConnected = "\"connect_ms\":";
  REQUIRE(f.logged(kConnected));
  const std::string& line = f.access.lines.back();
  CHECK(std::stod(line.substr(line.find(kConnected) + kConnected.size())) < 4000);
}

CONTRACT("a client that leaves while its request waits is logged so, and the question withdrawn") {
  AuthFixture<Client> f({verify()});
  f.client->ask({});
  auto service = f.asked();
  f.client->give_up();
  CHECK(f.run_until([&] {
    service->receive();
    return service->over() && !f.access.lines.empty();
  }));
  CHECK(f.logged(" - - CR-- "));
}

CONTRACT("what a client has sent counts in its table, though it leaves while its request waits") {
  Fixture f;
  FakeServer server;
  FakeServer service;
  f.engine.add_table({.name = "clients", .counters = {{RateOf::kBytesIn, seconds(10)}}});
  (void)f.add_backend({server.endpoint()});
  (void)f.add_backend({service.endpoint()});
  const base::Endpoint front =
      f.add_frontend({.backend = 0, .count_in = {0}}, {}, {}, Client::kProtocols);
  f.engine.use_rules(0, always({verify()}));
  Client client(f, front);
  client.ask({});
  std::unique_ptr<Peer> asked;
  REQUIRE(f.run_until([&] {
    client.turn();
    return (asked = service.accept()) != nullptr;
  }));
  const auto counted = [&f] { return f.engine.keeping().tables.at(0).clients; };
  CHECK(counted().empty());
  client.give_up();
  REQUIRE(f.run_until([&] { return !counted().empty(); }));
  CHECK(counted().front().figures.at(0).second > 0);
}

CONTRACT("a request that waits on a connection that this node gives up is logged so") {
  Fixture f;
  FakeServer server;
  FakeServer service;
  (void)f.add_backend({server.endpoint()});
  (void)f.add_backend({service.endpoint()});
  const base::Endpoint front = f.add_frontend({.backend = 0}, 7, {}, Client::kProtocols);
  f.engine.use_rules(0, always({verify()}));
  f.engine.enable_binds(7);
  Client client(f, front);
  client.ask({});
  std::unique_ptr<Peer> asked;
  REQUIRE(f.run_until([&] {
    client.turn();
    return (asked = service.accept()) != nullptr;
  }));
  f.engine.disable_binds(7, true);
  REQUIRE(f.run_until([&] { return !f.access.lines.empty(); }));
  CHECK(f.access.lines.front().find(" - - KR-- ") != std::string::npos);
}

CONTRACT("a user and a service are asked one after the other, in the frontend and its backend") {
  AuthFixture<Client> f({BasicAuth{}, set("X-1", "1")});
  f.engine.use_backend_rules(0, always({verify(), set("X-2", "2")}));
  f.client->ask({.fields = with_password("alice:alice-secret")});
  auto service = f.asked();
  service->send("HTTP/1.1 200 OK\r\nX-User: alice\r\nContent-Length: 0\r\n\r\n");
  CHECK(f.served().ends_with("X-1: 1\r\nX-User: alice\r\nX-2: 2\r\n\r\n"));
}

CONTRACT("many requests of one user wait for one trial") {
  AuthFixture<Client> f({BasicAuth{}, rules::Answer{.status = 200, .body = "in"}});
  std::vector<std::unique_ptr<Client>> clients;
  const base::Endpoint front = f.add_frontend({.backend = 0}, {}, {}, Client::kProtocols);
  f.engine.use_rules(1, always({BasicAuth{}, rules::Answer{.status = 200, .body = "in"}}));
  for (std::size_t i = 0; i < password::PasswordThread::kMaxWaiting + 16; ++i) {
    clients.push_back(std::make_unique<Client>(f, front));
    clients.back()->ask({.fields = with_password("alice:alice-secret")});
  }
  CHECK(f.run_until([&] {
    bool over = true;
    for (const auto& client : clients) {
      client->turn();
      over = over && client->over();
    }
    return over;
  }));
  for (const auto& client : clients) CHECK(client->answer().status() == "200");
}

TEST_CASE("one client's wrong passwords leave room for those of others") {
  struct Waiting final : PasswordWaiter {
    void on_outcome(bool good) override { (good ? goods : bads)++; }
    int goods = 0;
    int bads = 0;
  };
  const auto loop = event::EventLoop::create().value();
  const base::Logger log;
  const EngineSettings settings;
  Context context(*loop, log, settings, nullptr);
  const auto thread = password::PasswordThread::start().value();
  std::vector<UserList> lists;
  lists.push_back(UserList::parse(kUsers).value());
  const UserLists users{.lists = std::move(lists)};
  PasswordChecks checks(context, *thread);
  REQUIRE(checks.start());
  Waiting waiting;
  const auto submit = [&](std::string password, std::uint32_t client) {
    const BasicCredentials given{.user = "alice", .password = std::move(password)};
    return checks.submit(checks.digest_of(users, 0, given), users.lists[0], given,
                         base::IpAddress::v4(client), waiting);
  };
  const auto guess = [&](std::uint32_t i) { return submit(std::to_string(i), 1); };
  // No outcome is taken before the loop turns.
  for (std::uint32_t i = 0; i < PasswordChecks::kMaxOfOne; ++i) CHECK(guess(i));
  CHECK_FALSE(guess(PasswordChecks::kMaxOfOne));
  CHECK(submit("alice-secret", 2));
  CHECK(submit("0", 1));  // somebody waits for that one already
  const BasicCredentials first{.user = "alice", .password = "1"};
  checks.withdraw(checks.digest_of(users, 0, first), waiting);
  CHECK(guess(PasswordChecks::kMaxOfOne));
  const int expected = static_cast<int>(PasswordChecks::kMaxOfOne) + 1;
  const base::Instant give_up = event::now() + seconds(5);
  while (waiting.bads < expected && event::now() < give_up) loop->run_once();
  CHECK(waiting.bads == expected);
  CHECK(waiting.goods == 1);
  CHECK(guess(0));  // its places are free again
}

TEST_CASE("a second request behind one that waits is served in its turn") {
  AuthFixture<H1Contract> f({verify()});
  const auto peer = f.connect(f.add_frontend({.backend = 0}, {}, {}, {}));
  f.engine.use_rules(1, always({verify(), rules::Answer{.status = 200, .body = "done"}}));
  peer->send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto service = f.asked();
  CHECK(f.question.find("X-Forwarded-Uri: /1\r\n") != std::string::npos);
  service->send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
  CHECK(f.receive_until(*service, kHeadEnd).find("X-Forwarded-Uri: /2\r\n") != std::string::npos);
  service->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const std::string heard = f.receive_until(*peer, "done");
  CHECK(heard.starts_with("HTTP/1.1 403 "));
  CHECK(heard.find("HTTP/1.1 200 ") != std::string::npos);
}

TEST_CASE(
    "a stream that breaks a rule while its request waits is reset, and the question withdrawn") {
  AuthFixture<H2Contract> f({verify()});
  f.client->ask({.method = "POST", .fields = {{"content-length", "2"}}, .has_body = true});
  const auto service = f.asked();
  f.client->send("0123", true);
  CHECK(f.run_until([&] {
    service->receive();
    return service->over() && f.client->over() && !f.access.lines.empty();
  }));
  CHECK(f.client->answer().statuses.empty());
  CHECK(f.logged(" - - PD-- "));
  CHECK(f.unserved());
}
