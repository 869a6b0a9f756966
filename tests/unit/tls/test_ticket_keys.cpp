#include <doctest/doctest.h>

#include "tests/unit/tls/tls_pair.hpp"

namespace hapair::tls::test {
namespace {

const std::string kSecret(32, 's');
constexpr base::WallTime kNow{std::chrono::hours(8 * 60'000)};

const MadeCertificate& made() {
  static const MadeCertificate kMade;
  return kMade;
}

std::unique_ptr<ServerContext> node(const TicketKeys& keys, std::string scope = "web") {
  return ServerContext::create({.scope = std::move(scope), .tickets = &keys}, {parsed(made())})
      .value();
}

std::unique_ptr<ClientContext> a_client(Version version = Version::kTls13) {
  return ClientContext::create({.policy = {.max_version = version},
                                .trusted = made().certificate_pem(),
                                .server_name = "localhost"})
      .value();
}

/// Whether the client resumed.
bool visits(ServerContext& server, ClientContext& client) {
  Pair pair(server, client);
  REQUIRE(pair.shake_hands());
  (void)pair.client.read();  // tickets
  CHECK(pair.server.stream->resumed() == pair.client.stream->resumed());
  return pair.server.stream->resumed();
}

TEST_CASE("a session begun on one node is resumed on another with the same secret") {
  for (const Version version : {Version::kTls12, Version::kTls13}) {
    const TicketKeys first(kSecret, kNow);
    const TicketKeys second(kSecret, kNow + std::chrono::hours(1));
    const TicketKeys stranger(std::string(32, 'x'), kNow);
    auto client = a_client(version);
    CHECK_FALSE(visits(*node(first), *client));
    CHECK(visits(*node(second), *client));
    CHECK_FALSE(visits(*node(stranger), *client));
  }
}

TEST_CASE("keys change with the epoch; those of the neighbours still open tickets") {
  TicketKeys keys(kSecret, kNow);
  const TicketKeys::Key before = keys.current();
  keys.advance(kNow + TicketKeys::kEpoch - std::chrono::seconds(1));
  CHECK(keys.current().name == before.name);
  keys.advance(kNow + TicketKeys::kEpoch);
  CHECK(keys.current().name != before.name);
  CHECK(keys.current().cipher != before.cipher);
  REQUIRE(keys.find(before.name) != nullptr);
  CHECK(keys.find(before.name)->mac == before.mac);
  keys.advance(kNow + 2 * TicketKeys::kEpoch);
  CHECK(keys.find(before.name) == nullptr);
  const TicketKeys behind(kSecret, kNow + TicketKeys::kEpoch);
  CHECK(behind.find(keys.current().name) != nullptr);  // of a node whose clock is ahead
}

TEST_CASE("a ticket outlives one change of keys, not two") {
  for (const Version version : {Version::kTls12, Version::kTls13}) {
    TicketKeys keys(kSecret, kNow);
    auto server = node(keys);
    auto client = a_client(version);
    CHECK_FALSE(visits(*server, *client));
    keys.advance(kNow + TicketKeys::kEpoch);
    CHECK(visits(*server, *client));
    keys.advance(kNow + 4 * TicketKeys::kEpoch);
    CHECK_FALSE(visits(*server, *client));
  }
}

TEST_CASE("a session is resumed only where it belongs") {
  const TicketKeys keys(kSecret, kNow);
  auto client = a_client();
  CHECK_FALSE(visits(*node(keys, "web"), *client));
  CHECK_FALSE(visits(*node(keys, "admin"), *client));
}

}  // namespace
}  // namespace hapair::tls::test
