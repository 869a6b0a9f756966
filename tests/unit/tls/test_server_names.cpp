#include <doctest/doctest.h>

#include "tests/unit/tls/tls_pair.hpp"

namespace hapair::tls::test {
namespace {

std::string about(const MadeCertificate& made) { return made.certificate_pem(); }

/// True when a client that asks for `name`, and trusts only `expected`, is served.
bool serves(ServerContext& server, const std::string& name, const MadeCertificate& expected,
            Policy policy = {}) {
  auto client = ClientContext::create({.policy = std::move(policy),
                                       .trusted = about(expected),
                                       .server_name = name,
                                       .verify_name = name});
  REQUIRE(client);
  return Pair(server, **client).shake_hands();
}

Wanted for_names(std::string alternatives) {
  return {.common_name = "made", .alternatives = std::move(alternatives)};
}

TEST_CASE("the exact name comes before a wildcard, which stands for one label") {
  const MadeCertificate wild(for_names("DNS:*.example.com"));
  const MadeCertificate exact(for_names("DNS:www.example.com"));
  auto server = ServerContext::create({}, {parsed(wild), parsed(exact)}).value();
  CHECK(serves(*server, "www.example.com", exact));
  CHECK(serves(*server, "WWW.Example.COM", exact));
  CHECK(serves(*server, "other.example.com", wild));
  CHECK_FALSE(serves(*server, "a.b.example.com", wild));
  CHECK_FALSE(serves(*server, "example.com", wild));
}

TEST_CASE("an unknown name, and none, get the first certificate, or nothing where that is strict") {
  const MadeCertificate first(for_names("DNS:first.example,IP:127.0.0.1"));
  const MadeCertificate second(for_names("DNS:second.example"));
  auto server = ServerContext::create({}, {parsed(first), parsed(second)}).value();
  auto strict =
      ServerContext::create({.strict_sni = true}, {parsed(first), parsed(second)}).value();
  const auto client_for = [&](const std::string& name) {
    return ClientContext::create(
               {.trusted = about(first), .server_name = name, .verify_name = "first.example"})
        .value();
  };
  for (const std::string name : {"unknown.example", "127.0.0.1", "first.example"}) {
    auto client = client_for(name);
    CHECK(Pair(*server, *client).shake_hands());
    CHECK(Pair(*strict, *client).shake_hands() == (name == "first.example"));
  }
}

TEST_CASE("the client's algorithms choose between RSA and ECDSA of one name") {
  const MadeCertificate ecdsa(for_names("DNS:a.example"));
  Wanted wanted = for_names("DNS:a.example");
  wanted.rsa = true;
  const MadeCertificate rsa(wanted);
  auto server = ServerContext::create({}, {parsed(rsa), parsed(ecdsa)}).value();
  // TLS 1.2 ciphers name the kind of key.
  const auto only = [](const std::string& ciphers) {
    return Policy{.max_version = Version::kTls12, .ciphers = ciphers};
  };
  CHECK(serves(*server, "a.example", ecdsa, only("ECDHE-ECDSA-AES128-GCM-SHA256")));
  CHECK(serves(*server, "a.example", rsa, only("ECDHE-RSA-AES128-GCM-SHA256")));
  CHECK(serves(*server, "a.example", ecdsa, only("ECDHE-ECDSA-AES128-GCM-SHA256")));
}

TEST_CASE("new certificates serve from the next handshake on; without any the old ones stay") {
  const MadeCertificate old(for_names("DNS:a.example"));
  const MadeCertificate fresh(for_names("DNS:a.example,DNS:b.example"));
  auto server = ServerContext::create({}, {parsed(old)}).value();
  auto client = ClientContext::create({.trusted = about(old), .server_name = "a.example"}).value();
  Pair before(*server, *client);
  REQUIRE(before.shake_hands());
  REQUIRE(server->replace({parsed(fresh)}));
  CHECK(serves(*server, "b.example", fresh));
  (void)before.client.write("goes on");
  before.carry();
  CHECK(before.server.read() == "goes on");
  CHECK_FALSE(server->replace({}));
  CHECK(serves(*server, "a.example", fresh));
}

}  // namespace
}  // namespace hapair::tls::test
