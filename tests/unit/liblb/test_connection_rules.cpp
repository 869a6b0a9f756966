// Rules in mode tcp: which connections get which backend and server, which are refused, and which
// wait for what the client opens TLS with.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/liblb/rule_fixture.hpp"

namespace hapair::lb {
namespace {

using namespace rules;
using namespace test;

using std::chrono::seconds;

std::string hello(const std::string& name) {
  std::ifstream file(std::string(HAPAIR_TEST_ROOT "/fuzz/corpus/client_hello/") + name,
                     std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

SourceTest network(std::string_view text) {
  return {.networks = {base::Prefix::parse(text).value()}};
}

const TlsTest kNamed{.server_names = {"*.example"}};

/// A frontend with backend 0 (or none) by default, and backend 1 for its rules.
struct Judged : Fixture {
  explicit Judged(std::vector<Rule> list, FrontendSettings settings = {}, bool plain = false,
                  std::optional<AcceptProxy> accept_proxy = {}, bool with_default = true) {
    if (plain) transport = std::make_unique<PlainTransport>();
    const auto first = add_backend({usual.endpoint()}, {.mode = Mode::kTcp});
    add_backend({chosen.endpoint(), spare.endpoint()}, {.mode = Mode::kTcp});
    settings.mode = Mode::kTcp;
    if (with_default) settings.backend = first;
    settings.access_format = AccessFormat::kTcp;
    settings.log_null = true;
    front = add_frontend(std::move(settings), {}, std::move(accept_proxy));
    engine.use_rules(0, list_of(std::move(list)));
  }
  [[nodiscard]] std::unique_ptr<Peer> open(const std::string& bytes) {
    auto peer = connect(front);
    send_and_settle(*peer, bytes);
    return peer;
  }
  /// The server got that client and its bytes.
  [[nodiscard]] bool reached(FakeServer& server, const std::string& bytes) {
    const auto peer = accept(server);
    return receive_bytes(*peer, bytes.size()) == bytes;
  }
  [[nodiscard]] bool over(Peer& peer) {
    return run_until([&] {
      peer.receive();
      return peer.over();
    });
  }
  [[nodiscard]] std::string line() {
    CHECK(run_until([&] { return !access.lines.empty(); }));
    return access.lines.empty() ? std::string() : access.lines.back();
  }
  [[nodiscard]] std::uint64_t denied() {
    return row_of(engine.stats(), "FRONTEND").dcon.value_or(0);
  }

  FakeServer usual;
  FakeServer chosen;
  FakeServer spare;
  base::Endpoint front;
};

Rule on(Test test, std::vector<Action> actions) {
  return {.match = {{std::move(test)}}, .actions = std::move(actions)};
}

TEST_CASE("where a client comes from chooses its backend") {
  Judged f({on(network("192.0.2.0/24"), {Deny{}}),
            on(network("127.0.0.0/8"), {UseBackend{.backend = 1}})});
  const auto client = f.open("bytes");
  CHECK(f.reached(f.chosen, "bytes"));
  CHECK(f.usual.accept() == nullptr);
}

TEST_CASE("what no rule sends elsewhere goes to the default backend, and accept ends the list") {
  Judged f({on(network("192.0.2.0/24"), {Deny{}}),
            {.match = {}, .actions = {Accept{}}},
            {.match = {}, .actions = {Deny{}}}});
  const auto client = f.open("bytes");
  CHECK(f.reached(f.usual, "bytes"));
  CHECK(f.denied() == 0);
}

TEST_CASE("a server that speaks first does so at once where no rule asks for more") {
  Judged f({on(network("127.0.0.0/8"), {UseBackend{.backend = 1}}),
            on(kNamed, {UseBackend{.backend = 0}})});
  const auto client = f.open("");
  const auto server = f.accept(f.chosen);
  server->send("220 ready");
  CHECK(f.receive_until(*client, "ready") == "220 ready");
}

TEST_CASE("a connection that is denied is closed, counted and logged") {
  Judged f({{.match = {}, .actions = {Deny{}}}});
  const auto client = f.connect(f.front);
  CHECK(f.over(*client));
  CHECK(f.denied() == 1);
  CHECK(f.line().find(named_front(over_tls() ? "front/<NOSRV> " : "front/<NOSRV> -1/-1/0 0 PR ")) !=
        std::string::npos);
  CHECK(f.line().find(" PR ") != std::string::npos);
  CHECK(f.usual.accept() == nullptr);
  CHECK(f.run_until([&] { return f.engine.session_count() == 0; }));
}

TEST_CASE("one that is dropped is reset") {
  Judged f({{.match = {}, .actions = {SilentDrop{}}}}, {}, true);
  const auto client = f.connect(f.front);
  // The reset goes no further than the next router; over loopback there is none.
  CHECK(f.over(*client));
  CHECK(client->reset);
  CHECK(f.denied() == 1);
  CHECK(f.line().find(" PR ") != std::string::npos);
}

TEST_CASE("without a backend only what rules send on is served") {
  Judged f({on(network("192.0.2.0/24"), {UseBackend{.backend = 1}})}, {}, false, {}, false);
  const auto client = f.connect(f.front);
  CHECK(f.over(*client));
  CHECK(f.line().find(" SC ") != std::string::npos);
  CHECK(f.denied() == 0);
}

TEST_CASE("a rule names the server, and while that one is down the backend chooses") {
  Judged f({{.match = {}, .actions = {UseServer{.backend = 1, .server = 1}}}});
  for (int i = 0; i < 2; ++i) {
    const auto client = f.open("named");
    CHECK(f.reached(f.spare, "named"));
  }
  f.engine.set_server_health(1, 1, {.standing = Standing::kDown});
  const auto client = f.open("other");
  CHECK(f.reached(f.chosen, "other"));
}

TEST_CASE("a rule that asks for a name waits for it, and the bytes go on unchanged") {
  Judged f({on(kNamed, {UseBackend{.backend = 1}})}, {}, true);
  const std::string opening = hello("openssl-tls13");
  const auto client = f.open(opening.substr(0, 60));
  CHECK(f.usual.accept() == nullptr);
  f.send_and_settle(*client, opening.substr(60) + "and more");
  CHECK(f.reached(f.chosen, opening + "and more"));
  const auto other = f.open(hello("openssl-no-name"));
  CHECK(f.reached(f.usual, hello("openssl-no-name")));
  client->abort();
  CHECK(f.line().ends_with(" {www.example}"));
}

TEST_CASE("the line of a connection that is denied by its name tells the name") {
  Judged f({on(kNamed, {Deny{}})}, {}, true);
  const auto client = f.open(hello("openssl-tls13"));
  CHECK(f.over(*client));
  CHECK(f.line().find(" PR ") != std::string::npos);
  CHECK(f.line().ends_with(" {www.example}"));
}

TEST_CASE("a protocol that is offered, and the highest version, can be asked for too") {
  Judged f({on(TlsTest{.versions = {"TLSv1.2"}}, {Deny{}}),
            on(TlsTest{.protocols = {"h2"}}, {UseBackend{.backend = 1}})},
           {}, true);
  const auto client = f.open(hello("openssl-tls13"));
  CHECK(f.reached(f.chosen, hello("openssl-tls13")));
}

TEST_CASE("where only rules ask, a client that opens no TLS asks for nothing") {
  Judged f({on(kNamed, {UseBackend{.backend = 1}})}, {}, true);
  const auto client = f.open("SSH-2.0-client\r\n");
  CHECK(f.reached(f.usual, "SSH-2.0-client\r\n"));
  const auto silent = f.open("");
  f.let_pass(seconds(4));
  CHECK(f.usual.accept() == nullptr);
  f.let_pass(seconds(2));
  const auto server = f.accept(f.usual);
  server->send("220 ready");
  CHECK(f.receive_until(*silent, "ready") == "220 ready");
}

TEST_CASE("a client that leaves before it has said anything reaches no server") {
  Judged f({on(kNamed, {UseBackend{.backend = 1}})}, {}, true);
  f.open("")->close();
  CHECK(f.line().find(" CR ") != std::string::npos);
  CHECK(f.usual.accept() == nullptr);
}

TEST_CASE("rules come before the routes of inspect_tls, which have what the rules leave") {
  for (const bool by_rule : {true, false}) {
    FrontendSettings settings;
    settings.inspect_tls.emplace().routes.add("www.example", 0);
    std::vector<Rule> list;
    list.push_back(
        on(by_rule ? kNamed : TlsTest{.server_names = {"other.test"}}, {UseBackend{.backend = 1}}));
    Judged f(std::move(list), std::move(settings), true, {}, false);
    const auto client = f.open(hello("openssl-tls13"));
    CHECK(f.reached(by_rule ? f.chosen : f.usual, hello("openssl-tls13")));
  }
}

TEST_CASE("with inspect_tls what is no TLS stays refused, whatever the rules say") {
  FrontendSettings settings;
  settings.inspect_tls.emplace();
  Judged f({{.match = {}, .actions = {UseBackend{.backend = 1}}}}, std::move(settings), true);
  const auto client = f.open("SSH-2.0-client\r\n");
  CHECK(f.over(*client));
  CHECK(f.chosen.accept() == nullptr);
}

TEST_CASE("the client and the port that a PROXY header names are judged") {
  Match match{{network("192.0.2.0/24"), PortTest{.ports = {8443}}}};
  Judged f({{.match = std::move(match), .actions = {UseBackend{.backend = 1}}}}, {}, true,
           AcceptProxy{});
  const auto near = f.open("PROXY TCP4 192.0.2.7 198.51.100.1 4000 8443\r\nhello");
  CHECK(f.reached(f.chosen, "hello"));
  const auto other_port = f.open("PROXY TCP4 192.0.2.7 198.51.100.1 4000 443\r\nhello");
  CHECK(f.reached(f.usual, "hello"));
  const auto far = f.open("PROXY TCP4 203.0.113.7 198.51.100.1 4000 8443\r\nhello");
  CHECK(f.reached(f.usual, "hello"));
}

TEST_CASE("what a PROXY header tells of TLS is judged, and no hello is waited for") {
  Judged f({on(kNamed, {UseBackend{.backend = 1}})}, {}, true, AcceptProxy{});
  std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x1a", 16);
  header += std::string("\xc0\x00\x02\x01\xc0\x00\x02\x64\x9c\x40\x00\x50", 12);
  header += std::string("\x02\x00\x0bwww.example", 14);
  const auto named = f.open(header);
  const auto server = f.accept(f.chosen);
  server->send("220 ready");
  CHECK(f.receive_until(*named, "ready") == "220 ready");
}

TEST_CASE("a client that is denied by its PROXY header leaves nothing behind") {
  Judged f({on(network("192.0.2.0/24"), {Deny{}})}, {.per_address = {.max_connections = 1}}, true,
           AcceptProxy{});
  for (int i = 0; i < 3; ++i) {
    const auto client = f.open("PROXY TCP4 192.0.2.7 198.51.100.1 4000 8443\r\nhello");
    CHECK(f.over(*client));
  }
  CHECK(f.denied() == 3);
  CHECK(f.access.lines.size() == 3);  // by the rule each time, and never by the limit
  CHECK(f.run_until([&] { return f.engine.session_count() == 0; }));
}

TEST_CASE("TLS that ends here is judged by what its handshake has told") {
  if (!over_tls()) return;
  Judged f({on(TlsTest{.used = true, .versions = {"TLSv1.3"}}, {UseBackend{.backend = 1}})});
  const auto client = f.open("bytes");
  CHECK(f.reached(f.chosen, "bytes"));
}

TEST_CASE("connections wait for a server by the priority that a rule gives them") {
  Fixture f;
  f.transport = std::make_unique<PlainTransport>();
  FakeServer server;
  f.add_backend({server.endpoint()}, {.mode = Mode::kTcp}, {.max_connections = 1});
  const base::Endpoint front =
      f.add_frontend({.mode = Mode::kTcp, .backend = 0}, {}, AcceptProxy{});
  f.engine.use_rules(0, list_of({on(network("192.0.2.0/24"), {SetPriority{.priority = -10}})}));
  const auto open = [&](std::string_view from) {
    auto peer = f.connect(front);
    f.send_and_settle(*peer, base::concat("PROXY TCP4 ", from, " 198.51.100.1 4000 80\r\n", from));
    return peer;
  };
  const auto first = open("203.0.113.1");
  auto served = f.accept(server);
  const auto usual = open("203.0.113.2");
  const auto urgent = open("192.0.2.1");
  CHECK(row_of(f.engine.stats(), "BACKEND").qcur == 2);
  first->close();
  served->close();
  served = f.accept(server);
  CHECK(f.receive_bytes(*served, 9) == "192.0.2.1");
  urgent->close();
  served->close();
  served = f.accept(server);
  CHECK(f.receive_bytes(*served, 11) == "203.0.113.2");
}

}  // namespace
}  // namespace hapair::lb
