#include <doctest/doctest.h>

#include <algorithm>

#include "common/base/time.hpp"
#include "common/tls/peer_certificate.hpp"
#include "tests/unit/tls/tls_pair.hpp"

namespace hapair::tls::test {
namespace {

/// A server that trusts an authority, and a client with a certificate of it.
struct Shown {
  explicit Shown(const std::string& common_name = "member", Version version = Version::kTls13)
      : member({.common_name = common_name, .alternatives = ""}, &authority),
        server(ServerContext::create(settings(), {parsed(site)}).value()) {
    ClientSettings wanted{.trusted = site.certificate_pem(), .server_name = "localhost"};
    wanted.policy.max_version = version;
    wanted.certificate = parsed(member);
    client = ClientContext::create(std::move(wanted)).value();
  }
  [[nodiscard]] ServerSettings settings() const {
    return {.verify = ClientVerify::kOptional, .trusted = authority.certificate_pem()};
  }

  MadeCertificate site;
  MadeCertificate authority{{.common_name = "authority", .alternatives = "", .signs = true}};
  MadeCertificate member;
  std::unique_ptr<ServerContext> server;
  std::unique_ptr<ClientContext> client;
};

TEST_CASE("a client's certificate is told in words") {
  Shown shown;
  Pair pair(*shown.server, *shown.client);
  REQUIRE(pair.shake_hands());
  const auto said = pair.server.stream->peer_certificate();
  REQUIRE(said);
  CHECK(said->subject == "CN=member");
  CHECK(said->common_name == "member");
  CHECK(said->issuer == "CN=authority");
  CHECK(said->fingerprint == parsed(shown.member).fingerprint());
  CHECK_FALSE(said->serial.empty());
  CHECK(said->serial.find_first_not_of("0123456789ABCDEF") == std::string::npos);
  CHECK(said->not_before.size() == std::string("2026-11-26T10:00:00Z").size());
  CHECK(said->not_before ==
        base::format_wall_time(parsed(shown.member).not_before()).substr(0, 19) + "Z");
  CHECK(said->not_before < said->not_after);
  CHECK(said->der.starts_with("\x30\x82"));
}

TEST_CASE("without one there is nothing to tell") {
  MadeCertificate site;
  auto server = ServerContext::create({}, {parsed(site)}).value();
  auto client =
      ClientContext::create({.trusted = site.certificate_pem(), .server_name = "localhost"})
          .value();
  Pair pair(*server, *client);
  REQUIRE(pair.shake_hands());
  CHECK_FALSE(pair.server.stream->peer_certificate());
}

TEST_CASE("whatever stands in a name, it is told in printable ASCII") {
  Shown shown("eve\r\nX-Admin: yes, \"b\xc3\xbc\\;<>=+#");
  Pair pair(*shown.server, *shown.client);
  REQUIRE(pair.shake_hands());
  const auto said = pair.server.stream->peer_certificate();
  REQUIRE(said);
  for (const std::string* text : {&said->subject, &said->common_name}) {
    CAPTURE(*text);
    CHECK(std::ranges::all_of(*text, [](char c) { return c >= ' ' && c <= '~'; }));
    CHECK(text->find("\\0D\\0AX-Admin: yes\\, \\\"b\\C3\\BC\\\\") != std::string::npos);
  }
}

TEST_CASE("it is known again when its session is resumed") {
  for (const Version version : {Version::kTls12, Version::kTls13}) {
    Shown shown("member", version);
    for (const bool again : {false, true}) {
      Pair pair(*shown.server, *shown.client);
      REQUIRE(pair.shake_hands());
      CHECK(pair.server.stream->resumed() == again);
      const auto said = pair.server.stream->peer_certificate();
      REQUIRE(said);
      CHECK(said->subject == "CN=member");
      CHECK(pair.server.write("x").status == net::IoStatus::kOk);
      pair.carry();
      CHECK(pair.client.read() == "x");  // the ticket of TLS 1.3 came before it
    }
  }
}

TEST_CASE("a session is not resumed on other terms of trust") {
  Shown shown;
  const auto resumes = [&] {
    Pair pair(*shown.server, *shown.client);
    REQUIRE(pair.shake_hands());
    const bool resumed = pair.server.stream->resumed();
    CHECK(pair.server.write("x").status == net::IoStatus::kOk);
    pair.carry();
    CHECK(pair.client.read() == "x");
    return resumed;
  };
  CHECK_FALSE(resumes());
  CHECK(resumes());
  REQUIRE(
      shown.server->replace_trust(shown.authority.certificate_pem(), shown.authority.revoking({})));
  CHECK_FALSE(resumes());
  CHECK(resumes());
  REQUIRE(shown.server->replace_trust(shown.authority.certificate_pem(),
                                      shown.authority.revoking({&shown.member})));
  Pair pair(*shown.server, *shown.client);
  CHECK_FALSE(pair.shake_hands());
}

}  // namespace
}  // namespace hapair::tls::test
