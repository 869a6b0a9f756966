#include <doctest/doctest.h>

#include "common/tls/trust.hpp"
#include "tests/unit/tls/tls_pair.hpp"

namespace hapair::tls::test {
namespace {

struct Clients {
  /// Whether a client with that certificate (null: with none) is served.
  bool serves(ClientVerify verify, const MadeCertificate* shown, const std::string& revoked = {}) {
    auto server = ServerContext::create(
        {.verify = verify, .trusted = authority.certificate_pem(), .revoked = revoked},
        {parsed(site)});
    REQUIRE(server);
    ClientSettings settings{.trusted = site.certificate_pem(), .server_name = "localhost"};
    if (shown != nullptr) settings.certificate = parsed(*shown);
    auto client = ClientContext::create(std::move(settings)).value();
    Pair pair(**server, *client);
    return pair.shake_hands();
  }

  MadeCertificate site;
  MadeCertificate authority{{.common_name = "authority", .alternatives = "", .signs = true}};
  MadeCertificate member{{.common_name = "member", .alternatives = ""}, &authority};
  MadeCertificate stranger{{.common_name = "stranger", .alternatives = ""}};
};

TEST_CASE("a client's certificate must be signed by whom the server trusts") {
  Clients clients;
  CHECK(clients.serves(ClientVerify::kRequired, &clients.member));
  CHECK_FALSE(clients.serves(ClientVerify::kRequired, nullptr));
  CHECK_FALSE(clients.serves(ClientVerify::kRequired, &clients.stranger));
  CHECK(clients.serves(ClientVerify::kOptional, nullptr));
  CHECK(clients.serves(ClientVerify::kOptional, &clients.member));
  CHECK_FALSE(clients.serves(ClientVerify::kOptional, &clients.stranger));
  CHECK(clients.serves(ClientVerify::kNone, &clients.stranger));
}

TEST_CASE("what is revoked is refused") {
  Clients clients;
  const std::string none_revoked = clients.authority.revoking({});
  const std::string one_revoked = clients.authority.revoking({&clients.member});
  CHECK(clients.serves(ClientVerify::kRequired, &clients.member, none_revoked));
  CHECK_FALSE(clients.serves(ClientVerify::kRequired, &clients.member, one_revoked));
}

TEST_CASE("what is no list, or no certificate, is refused in words") {
  CHECK(check_trusted("").error().message.find("no certificate") != std::string::npos);
  CHECK(check_revoked("").error().message.find("no list") != std::string::npos);
  const std::string cut = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
  CHECK(check_revoked(cut).error().message.find("can't be read") != std::string::npos);
  Clients clients;
  CHECK(check_trusted(clients.authority.certificate_pem()));
  CHECK(check_revoked(clients.authority.revoking({})));
}

}  // namespace
}  // namespace hapair::tls::test
