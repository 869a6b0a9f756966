// What is counted of clients in tables, and what rules, limits and operators make of it, whatever
// version of HTTP they speak; and connections in mode tcp.
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "liblb/core/keeping_view.hpp"
#include "liblb/core/request_policy.hpp"
#include "liblb/core/rules/rule_list.hpp"
#include "liblb/io/regex_pattern.hpp"
#include "tests/unit/liblb/contract_client.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::rules;
using namespace hapair::lb::test;

using std::chrono::seconds;

namespace {

ClientTableSettings counting(RateOf of) {
  ClientTableSettings table{.name = "clients"};
  if (of == RateOf::kActive) {
    table.active = true;
  } else {
    table.counters = {{of, seconds(10)}};
  }
  return table;
}

Rule over(RateOf of, std::uint64_t figure, Action action) {
  return {.match = {{RateTest{.table = 0, .of = of, .over = figure}}}, .actions = {action}};
}

Rule always(Action action) { return {.match = {}, .actions = {std::move(action)}}; }

/// A frontend that counts its clients in one table.
template <class Client>
struct Counted : Fixture {
  explicit Counted(RateOf of, std::vector<Rule> rules, FrontendSettings frontend = {}) {
    engine.add_table(counting(of));
    frontend.backend = add_backend({server.endpoint()});
    frontend.http_keep_alive_timeout = seconds(60);
    frontend.count_in = {0};
    front = add_frontend(std::move(frontend), {}, {}, Client::kProtocols);
    engine.use_rules(0, std::make_unique<const RuleList>(std::move(rules), RegexPatterns()));
    client = connect();
  }
  [[nodiscard]] std::unique_ptr<Client> connect() { return std::make_unique<Client>(*this, front); }
  /// The status of the answer to a request of that client.
  std::string status_of(Client& of, const Ask& ask = {}) {
    of.ask(ask);
    return answer_of(of).status();
  }
  const test::Received& answer_of(Client& of) {
    CHECK(run_until([&] {
      of.turn();
      return of.over();
    }));
    return of.answer();
  }
  /// A request of that client that the server has, and does not answer yet.
  [[nodiscard]] std::unique_ptr<Peer> hold(Client& of, const Ask& ask = {}) {
    of.ask(ask);
    std::unique_ptr<Peer> held;
    REQUIRE(run_until([&] {
      of.turn();
      return (held = server.accept()) != nullptr;
    }));
    CHECK(run_until([&] {
      of.turn();
      held->receive();
      return held->received.ends_with(kHeadEnd);
    }));
    (void)held->take();
    return held;
  }
  /// The figure of the client that came last; 0 where none did.
  [[nodiscard]] std::uint64_t figure() const {
    const TableView view = engine.keeping().tables.at(0);
    return view.clients.empty() ? 0 : view.clients.front().figures.at(0).second;
  }

  FakeServer server;
  base::Endpoint front;
  std::unique_ptr<Client> client;
};

FrontendSettings behind_a_proxy(std::uint32_t at_once = 0) {
  ForwardingSettings forwarding{.from = true};
  forwarding.trusted = {base::Prefix::parse("127.0.0.0/8").value()};
  FrontendSettings settings;
  settings.policy = std::make_shared<const RequestPolicy>(
      RequestPolicySettings{.forwarding = std::move(forwarding)});
  settings.per_address.max_connections = at_once;
  return settings;
}

Ask of_client(const char* address) { return {.fields = {{"x-forwarded-for", address}}}; }

}  // namespace

CONTRACT("a rule refuses a client that asks more often than its table may count, and only that") {
  Counted<Client> f(
      RateOf::kRequests,
      {over(RateOf::kRequests, 2, Deny{.status = 403}), always(rules::Answer{.body = "ok"})},
      behind_a_proxy());
  for (int i = 0; i < 2; ++i) CHECK(f.status_of(*f.client, of_client("203.0.113.9")) == "200");
  CHECK(f.status_of(*f.client, of_client("203.0.113.9")) == "403");
  CHECK(f.figure() == 3);  // a table counts what comes, refused or not
  CHECK(f.status_of(*f.client, of_client("203.0.113.10")) == "200");
  f.let_pass(seconds(13));
  CHECK(f.status_of(*f.client, of_client("203.0.113.9")) == "200");
}

CONTRACT("errors count for the client that a request came with, whatever rules make of its head") {
  FrontendSettings limited;
  limited.rate_limits = {{.of = RateOf::kErrors,
                          .limit = 1,
                          .per = seconds(10),
                          .by = {.source = KeySource::kHeader, .name = "X-Key"}}};
  Counted<Client> f(RateOf::kRequests,
                    {always(EditField{.change = FieldChange::kRemove, .name = "X-Key"})}, limited);
  const Ask ask{.fields = {{"x-key", "k"}}};
  const auto held = f.hold(*f.client, ask);
  held->send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  CHECK(f.answer_of(*f.client).status() == "404");
  CHECK(f.status_of(*f.client, ask) == "429");
}

CONTRACT("what a client has under way is a figure, too, until it ends") {
  Counted<Client> f(RateOf::kActive, {over(RateOf::kActive, 1, Deny{.status = 403})});
  const auto held = f.hold(*f.client);
  CHECK(f.figure() == 1);
  const auto second = f.connect();
  CHECK(f.status_of(*second) == "403");
  CHECK(f.run_until([&] { return f.figure() == 1; }));
  held->send(kHello);
  CHECK(f.answer_of(*f.client).body == "hello");
  CHECK(f.run_until([&] { return f.figure() == 0; }));
}

CONTRACT("a client that goes away has nothing under way any more") {
  Counted<Client> f(RateOf::kActive, {});
  const auto held = f.hold(*f.client);
  CHECK(f.figure() == 1);
  f.client->give_up();
  CHECK(f.run_until([&] { return f.figure() == 0; }));
}

CONTRACT("the bytes of requests that rules drop or hold up count as all others") {
  SUBCASE("dropped") {
    Counted<Client> f(RateOf::kBytesIn, {always(SilentDrop{})});
    f.client->ask({});
    CHECK(f.run_until([&] {
      f.client->turn();
      return f.figure() > 20;
    }));
  }
  SUBCASE("held up, until the client leaves") {
    Counted<Client> f(RateOf::kBytesIn, {always(Tarpit{.delay = seconds(7)})});
    f.client->ask({});
    CHECK(f.run_until([&] {
      f.client->turn();
      return row_of(f.engine.stats(), "FRONTEND").req_tot == 1;
    }));
    CHECK(f.figure() == 0);
    f.client->give_up();
    CHECK(f.run_until([&] { return f.figure() > 20; }));
  }
}

CONTRACT("behind a trusted proxy each request under way is a connection of its client") {
  Counted<Client> f(RateOf::kRequests, {}, behind_a_proxy(1));
  const auto held = f.hold(*f.client, of_client("203.0.113.9"));
  // The proxy itself has no limit.
  const auto second = f.connect();
  CHECK(f.status_of(*second, of_client("203.0.113.9")) == "429");
  CHECK(second->answer().field("retry-after") == "1");
  CHECK(row_of(f.engine.stats(), "FRONTEND").dreq == 1);
  const auto other = f.hold(*second, of_client("203.0.113.10"));
  other->send(kHello);
  CHECK(f.answer_of(*second).status() == "200");
  held->send(kHello);
  CHECK(f.answer_of(*f.client).status() == "200");
  f.settle();
  second->ask(of_client("203.0.113.9"));
  CHECK(f.run_until([&] {
    second->turn();
    held->receive();
    other->receive();
    return held->received.ends_with(kHeadEnd) || other->received.ends_with(kHeadEnd) ||
           f.server.accept() != nullptr;
  }));
}

CONTRACT("requests are hashed by the client that a trusted proxy names") {
  BackendSettings backend;
  backend.balance = {.algorithm = Algorithm::kHash, .on = {{HashPart::Kind::kSource}}};
  ContractFixture<Client> f(3, behind_a_proxy(), backend);
  const auto server_of = [&](const std::string& client) {
    f.client->ask({.fields = {{"x-forwarded-for", client}}});
    std::unique_ptr<Peer> peer;
    std::size_t index = 0;
    REQUIRE(f.run_until([&] {
      for (index = 0; index < f.servers.size(); ++index) {
        if ((peer = f.servers[index].accept()) != nullptr) return true;
      }
      return false;
    }));
    (void)f.receive_until(*peer, kHeadEnd);
    peer->send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    CHECK(f.answer().body == "ok");
    return index;
  };
  std::set<std::size_t> servers;
  for (int i = 1; i <= 12; ++i) servers.insert(server_of("203.0.113." + std::to_string(i)));
  CHECK(servers.size() > 1);
  const std::size_t own = server_of("203.0.113.9");
  for (int i = 0; i < 3; ++i) CHECK(server_of("203.0.113.9") == own);
}

CONTRACT("an operator sets and clears what a table knows of a client") {
  Counted<Client> f(RateOf::kRequests, {over(RateOf::kRequests, 40, Deny{.status = 403}),
                                        always(rules::Answer{.body = "ok"})});
  CHECK(f.status_of(*f.client) == "200");
  CHECK(f.engine.set_client("clients", "127.0.0.1", {.figures = {{RateOf::kRequests, 40}}}));
  CHECK(f.status_of(*f.client) == "403");
  CHECK(f.engine.clear_table("clients", "127.0.0.1"));
  CHECK(f.status_of(*f.client) == "200");
  CHECK(f.figure() == 1);
  CHECK(f.engine.clear_table("clients", std::nullopt));
  CHECK(f.engine.keeping().tables.at(0).clients.empty());

  using Kind = TableFault::Kind;
  const auto kind = [](const std::expected<void, TableFault>& done) {
    REQUIRE_FALSE(done);
    CHECK_FALSE(done.error().message.empty());
    CHECK_FALSE(done.error().remedy.empty());
    return done.error().kind;
  };
  CHECK(kind(f.engine.clear_table("client", std::nullopt)) == Kind::kNoTable);
  CHECK(kind(f.engine.clear_table("clients", "127.0.0.1")) == Kind::kNoClient);
  CHECK(kind(f.engine.clear_table("clients", "localhost")) == Kind::kBadKey);
  const auto set = [&](const ClientEntry& entry) {
    return kind(f.engine.set_client("clients", "127.0.0.1", entry));
  };
  CHECK(set({}) == Kind::kBadEntry);
  CHECK(set({.server = "s1"}) == Kind::kBadEntry);
  CHECK(set({.figures = {{RateOf::kErrors, 1}}}) == Kind::kBadEntry);
  CHECK(set({.figures = {{RateOf::kActive, 1}}}) == Kind::kBadEntry);
  CHECK(set({.figures = {{RateOf::kRequests, 1ULL << 32}}}) == Kind::kBadEntry);
  CHECK(f.engine.keeping().tables.at(0).clients.empty());
}

CONTRACT("several limits of a frontend share one table, which an operator can clear") {
  FrontendSettings frontend;
  frontend.rate_limits = {{.limit = 1, .per = seconds(10)},
                          {.of = RateOf::kFailures, .limit = 5, .per = seconds(60)}};
  Counted<Client> f(RateOf::kRequests, {always(rules::Answer{.body = "ok"})}, frontend);
  CHECK(f.status_of(*f.client) == "200");
  CHECK(f.status_of(*f.client) == "429");
  const KeepingView view = f.engine.keeping();
  REQUIRE(view.tables.size() == 2);
  const TableView& limits = view.tables[1];
  CHECK(limits.name == "frontend:front");
  CHECK(limits.kind == TableView::Kind::kLimit);
  CHECK(limits.limits.size() == 2);
  CHECK(limits.limits.at(0).refused == 1);
  CHECK(limits.clients.at(0).key == "127.0.0.1");
  CHECK(limits.clients.at(0).figures == Figures{{RateOf::kRequests, 1}, {RateOf::kFailures, 0}});
  CHECK(f.engine.clear_table("frontend:front", "127.0.0.1"));
  CHECK(f.status_of(*f.client) == "200");
  // Five failures are too many from the next request on.
  CHECK(f.engine.clear_table("frontend:front", std::nullopt));
  CHECK(f.engine.set_client("frontend:front", "127.0.0.1", {.figures = {{RateOf::kFailures, 5}}}));
  CHECK(f.status_of(*f.client) == "429");
}

namespace {

/// Mode tcp before two servers.
struct TcpCounted : Fixture {
  explicit TcpCounted(BackendSettings backend = {}) : servers(2) {
    engine.add_table({.name = "clients",
                      .counters = {{RateOf::kConnections, seconds(10)},
                                   {RateOf::kBytesIn, seconds(10)},
                                   {RateOf::kBytesOut, seconds(10)}},
                      .active = true});
    backend.mode = Mode::kTcp;
    FrontendSettings frontend{.mode = Mode::kTcp};
    frontend.backend = add_backend(endpoints_of(servers), std::move(backend));
    frontend.count_in = {0};
    front = add_frontend(std::move(frontend));
  }
  /// Of the one client.
  [[nodiscard]] std::uint64_t figure(RateOf of) const {
    const TableView view = engine.keeping().tables.at(0);
    for (const auto& [counted, figure] : view.clients.at(0).figures) {
      if (counted == of) return figure;
    }
    return 0;
  }
  /// The server that a new connection came to.
  std::size_t open() {
    clients.push_back(connect(front));
    std::size_t index = 0;
    CHECK(run_until([&] {
      clients.back()->send("");
      for (index = 0; index < servers.size(); ++index) {
        if (auto peer = servers[index].accept()) {
          accepted.push_back(std::move(peer));
          return true;
        }
      }
      return false;
    }));
    settle();
    return index;
  }

  std::vector<FakeServer> servers;
  std::vector<std::unique_ptr<Peer>> clients;
  std::vector<std::unique_ptr<Peer>> accepted;
  base::Endpoint front;
};

}  // namespace

TEST_CASE("connections count as they come, and as long as they stand") {
  TcpCounted f;
  f.open();
  f.open();
  CHECK(f.figure(RateOf::kConnections) == 2);
  CHECK(f.figure(RateOf::kActive) == 2);
  f.clients.back()->abort();
  CHECK(f.run_until([&] { return f.figure(RateOf::kActive) == 1; }));
  CHECK(f.figure(RateOf::kConnections) == 2);
}

TEST_CASE("what a connection has carried counts when it is over") {
  TcpCounted f;
  f.open();
  f.send_and_settle(*f.clients.back(), "hello");
  f.accepted.back()->send("hi");
  CHECK(f.receive_bytes(*f.clients.back(), 2) == "hi");
  CHECK(f.figure(RateOf::kBytesIn) == 0);
  f.clients.back()->abort();
  CHECK(f.run_until([&] { return f.figure(RateOf::kActive) == 0; }));
  CHECK(f.figure(RateOf::kBytesIn) == 5);
  CHECK(f.figure(RateOf::kBytesOut) == 2);
}

TEST_CASE("an operator gives a client of a stick table another server, and forgets it") {
  TcpCounted f({.stick = StickSettings{}});
  const std::size_t first = f.open();
  const std::string other = first == 0 ? "s2" : "s1";
  CHECK(f.engine.set_client("stick:pool", "127.0.0.1", {.server = other}));
  CHECK(f.open() == 1 - first);
  CHECK(f.open() == 1 - first);
  CHECK(f.engine.keeping().tables.at(1).clients.at(0).server == other);
  CHECK(f.engine.clear_table("stick:pool", "127.0.0.1"));
  CHECK(f.engine.keeping().tables.at(1).clients.empty());
  CHECK_FALSE(f.engine.set_client("stick:pool", "127.0.0.1", {.server = "s9"}));
  CHECK_FALSE(f.engine.set_client("stick:pool", "x", {.server = "s1"}));
  CHECK_FALSE(
      f.engine.set_client("stick:pool", "127.0.0.1", {.figures = {{RateOf::kRequests, 1}}}));
}
