// TLS that is passed on: the backend is that of the name which the client asks for.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb {
namespace {

using namespace test;

std::string hello(const std::string& name) {
  std::ifstream file(std::string(HAPAIR_TEST_ROOT "/fuzz/corpus/client_hello/") + name,
                     std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// "www.example" has the server `named`, all others `other` (or none).
struct Inspecting : Fixture {
  explicit Inspecting(bool with_default = true, AccessFormat format = AccessFormat::kTcp,
                      bool log_null = false) {
    transport = std::make_unique<PlainTransport>();
    FrontendSettings settings{.mode = Mode::kTcp};
    const auto to_other = add_backend({other.endpoint()}, {.mode = Mode::kTcp});
    if (with_default) settings.backend = to_other;
    settings.inspect_tls.emplace().routes.add(
        "www.example", add_backend({named.endpoint()}, {.mode = Mode::kTcp}));
    settings.access_format = format;
    settings.log_null = log_null;
    front = add_frontend(std::move(settings));
  }
  [[nodiscard]] std::unique_ptr<Peer> open(const std::string& bytes) {
    auto peer = connect(front);
    send_and_settle(*peer, bytes);
    return peer;
  }
  [[nodiscard]] bool closed(Peer& peer) {
    return run_until([&] {
      peer.receive();
      return peer.over();
    });
  }
  [[nodiscard]] std::string line() {
    CHECK(run_until([&] { return access.lines.size() == 1; }));
    return access.lines.empty() ? std::string() : access.lines.front();
  }

  FakeServer other;
  FakeServer named;
  base::Endpoint front;
};

TEST_CASE("the name that a client asks for chooses its backend, and the bytes go on unchanged") {
  Inspecting f;
  const std::string opening = hello("openssl-tls13");
  const auto client = f.open(opening + "and more");
  const auto server = f.accept(f.named);
  CHECK((f.receive_until(*server, "and more") == opening + "and more"));
  server->send("answer");
  CHECK(f.receive_until(*client, "answer") == "answer");
  client->finish_sending();
  CHECK(f.receive_all(*server).empty());
  server->close();
  const std::string line = f.line();
  CHECK(line.find(" front pool/s1 ") != std::string::npos);
  CHECK(line.ends_with(" -- 1/1/1/1/0 0/0 {www.example}"));
}

TEST_CASE("other names and none go to the default backend") {
  for (const char* name : {"curl", "openssl-no-name", "openssl-ip-name"}) {
    Inspecting f;
    const auto client = f.open(hello(name));
    const auto server = f.accept(f.other);
    CHECK((f.receive_bytes(*server, hello(name).size()) == hello(name)));
  }
}

TEST_CASE("a hello may come in pieces") {
  Inspecting f;
  const std::string opening = hello("fragmented");
  const auto client = f.open(opening.substr(0, 7));
  f.send_and_settle(*client, opening.substr(7, 50));
  CHECK(f.other.accept() == nullptr);
  f.send_and_settle(*client, opening.substr(57));
  const auto server = f.accept(f.other);
  CHECK((f.receive_bytes(*server, opening.size()) == opening));
}

TEST_CASE("without a default backend only names with a route are served") {
  Inspecting f(false);
  const auto client = f.open(hello("curl"));
  CHECK(f.closed(*client));
  CHECK(f.line().find(" front front/<NOSRV> -1/-1/0 0 PR ") != std::string::npos);
  CHECK(f.line().ends_with(" {app.example}"));
  const auto named = f.open(hello("openssl-tls13"));
  const auto server = f.accept(f.named);
  CHECK(row_of(f.engine.stats(), "FRONTEND").ereq == 1);
}

TEST_CASE("what is no TLS is closed") {
  for (const char* name : {"http", "sslv2", "alert", "name-nul"}) {
    CAPTURE(name);
    Inspecting f(true, AccessFormat::kJson);
    const auto client = f.open(hello(name));
    CHECK(f.closed(*client));
    CHECK(f.line().find("\"sni\":null,\"alpn\":null,\"tls_version\":null,") != std::string::npos);
    CHECK(f.other.accept() == nullptr);
    CHECK(row_of(f.engine.stats(), "FRONTEND").ereq == 1);
  }
}

TEST_CASE("a client that says nothing, or half of it, is gone in time") {
  Inspecting f;
  const auto silent = f.open("");
  const auto half = f.open(hello("curl").substr(0, 100));
  f.let_pass(std::chrono::seconds(4));
  CHECK(f.engine.session_count() == 2);
  f.let_pass(std::chrono::seconds(2));
  CHECK(f.closed(*silent));
  CHECK(f.closed(*half));
  CHECK(f.engine.session_count() == 0);
  CHECK(f.line().find(" cR ") != std::string::npos);  // a silent one is a probe: not logged
}

TEST_CASE("a client that leaves before its hello is whole is let go") {
  Inspecting f(true, AccessFormat::kTcp, true);
  const auto client = f.open(hello("curl").substr(0, 100));
  client->finish_sending();
  CHECK(f.closed(*client));
  CHECK(f.line().find(" CR ") != std::string::npos);
  const auto probe = f.open("");
  probe->close();
  CHECK(f.run_until([&] { return f.access.lines.size() == 2; }));
}

TEST_CASE("the JSON line tells what the client asks for") {
  Inspecting f(true, AccessFormat::kJson);
  const auto client = f.open(hello("openssl-tls13"));
  const auto server = f.accept(f.named);
  client->abort();
  const std::string line = f.line();
  CHECK(line.find("\"sni\":\"www.example\",\"alpn\":\"h2,http/1.1\",\"tls_version\":\"TLS 1.3\"") !=
        std::string::npos);
}

}  // namespace
}  // namespace hapair::lb
