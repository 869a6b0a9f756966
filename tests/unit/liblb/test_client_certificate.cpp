// What servers are told of clients' certificates, and that nobody else can tell it.
#include <doctest/doctest.h>

#include <string>

#include "tests/unit/liblb/engine_fixture.hpp"

namespace hapair::lb {
namespace {

using namespace test;

FrontendSettings passing(CertificateFieldSettings fields = {}) {
  FrontendSettings settings;
  settings.certificate_fields = std::move(fields);
  return settings;
}

/// A frontend that passes on what it knows; its clients are under TLS, perhaps with a certificate.
class Passing : public Fixture {
 public:
  enum class Clients : std::uint8_t { kPlain, kWithoutCertificate, kWithCertificate };

  explicit Passing(Clients clients, CertificateFieldSettings fields = {}) {
    if (clients == Clients::kPlain) {
      transport = std::make_unique<PlainTransport>();
    } else {
      tls::ClientSettings client;
      if (clients == Clients::kWithCertificate) client.certificate = tls::test::parsed(member());
      transport = std::make_unique<TlsTransport>(
          *loop,
          tls::ServerSettings{.verify = tls::ClientVerify::kOptional,
                              .trusted = authority().certificate_pem()},
          std::move(client));
    }
    FrontendSettings settings = passing(std::move(fields));
    settings.backend = add_backend({server.endpoint()});
    front = add_frontend(std::move(settings));
  }
  static const tls::test::MadeCertificate& authority() {
    static const tls::test::MadeCertificate kMade(
        {.common_name = "authority", .alternatives = "", .signs = true});
    return kMade;
  }
  static const tls::test::MadeCertificate& member() {
    static const tls::test::MadeCertificate kMade({.common_name = "member", .alternatives = ""},
                                                  &authority());
    return kMade;
  }
  /// What the server gets of such a request; the connections stay for the next one.
  [[nodiscard]] std::string seen_of(const std::string& request) {
    if (!ends.client) ends.client = connect(front);
    ends.client->send(request);
    if (!ends.server) ends.server = accept(server);
    return receive_until(*ends.server, kHeadEnd);
  }
  void answer() {
    ends.server->send(kHello);
    CHECK(receive_until(*ends.client, "hello") == kHello);
  }

  FakeServer server;
  base::Endpoint front;
  Ends ends;
};

constexpr const char* kSpoof =
    "GET / HTTP/1.1\r\nHost: a\r\nX-SSL-Client-Verify: SUCCESS\r\nAccept: x\r\n"
    "X_SSL_CLIENT_DN: CN=admin\r\nx-ssl-client-other: y\r\nclient-cert: :AAAA:\r\n"
    "Client-Cert-Chain: :AAAA:\r\n\r\n";

TEST_CASE("without a certificate servers are told so, whatever the client says") {
  for (const Passing::Clients clients :
       {Passing::Clients::kPlain, Passing::Clients::kWithoutCertificate}) {
    Passing f(clients);
    const std::string seen = f.seen_of(kSpoof);
    CHECK(seen == "GET / HTTP/1.1\r\nHost: a\r\nAccept: x\r\nX-SSL-Client-Verify: NONE\r\n\r\n");
  }
}

TEST_CASE("each request tells of the certificate") {
  Passing f(Passing::Clients::kWithCertificate);
  for (const std::string request : {kSpoof, "GET /again HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    const std::string seen = f.seen_of(request);
    CAPTURE(seen);
    CHECK(seen.find("\r\nX-SSL-Client-Verify: SUCCESS\r\nX-SSL-Client-DN: CN=member\r\n"
                    "X-SSL-Client-CN: member\r\nX-SSL-Client-Issuer-DN: CN=authority\r\n") !=
          std::string::npos);
    CHECK(seen.find("X-SSL-Client-Fingerprint: ") != std::string::npos);
    CHECK(seen.find("admin") == std::string::npos);
    CHECK(seen.find("Client-Cert:") == std::string::npos);
    f.answer();
  }
}

TEST_CASE("the whole certificate goes on where it is wanted, under the names that are wanted") {
  Passing f(Passing::Clients::kWithCertificate, {.prefix = "X-Peer-", .whole = true});
  const std::string seen = f.seen_of(kSpoof);
  CAPTURE(seen);
  CHECK(seen.find("\r\nX-Peer-DN: CN=member\r\n") != std::string::npos);
  CHECK(seen.find("\r\nClient-Cert: :MII") != std::string::npos);
  CHECK(seen.find(":\r\n\r\n") == seen.size() - 5);
  CHECK(seen.find("AAAA:") == std::string::npos);
}

TEST_CASE("Connection can't name the fields away") {
  Passing f(Passing::Clients::kPlain);
  const std::string seen =
      f.seen_of("GET / HTTP/1.1\r\nHost: a\r\nConnection: X-SSL-Client-Verify, keep-alive\r\n\r\n");
  CHECK(seen.find("X-SSL-Client-Verify: NONE") != std::string::npos);
}

TEST_CASE("a trailer can't tell of a certificate") {
  Passing f(Passing::Clients::kPlain);
  const std::string seen =
      f.seen_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(seen.find("X-SSL-Client-Verify: NONE") != std::string::npos);
  f.ends.client->send("1\r\nx\r\n0\r\nX-SSL-Client-Verify: SUCCESS\r\nMine: 1\r\n\r\n");
  const std::string body = f.receive_until(*f.ends.server, "Mine: 1\r\n\r\n");
  CHECK(body.find("SUCCESS") == std::string::npos);
}

TEST_CASE("a frontend that was not asked to leaves such fields alone") {
  Fixture f;
  FakeServer server;
  const auto front = f.add_frontend({.backend = f.add_backend({server.endpoint()})});
  const auto client = f.connect(front);
  client->send(kSpoof);
  const auto peer = f.accept(server);
  CHECK(f.receive_until(*peer, kHeadEnd) == kSpoof);
}

TEST_CASE("a head that leaves no room for the fields is refused") {
  Passing f(Passing::Clients::kPlain);
  f.ends.client = f.connect(f.front);
  const std::string begin = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const std::string end = "\r\n\r\n";
  const std::size_t most = 16384 - std::string("X-SSL-Client-Verify: NONE\r\n").size();
  const std::string longest = begin + std::string(most - begin.size() - end.size(), 'x') + end;
  f.send_and_settle(*f.ends.client, longest);
  f.ends.server = f.accept(f.server);
  const std::string seen = f.receive_until(*f.ends.server, kHeadEnd);
  CHECK(seen.ends_with("X-SSL-Client-Verify: NONE\r\n\r\n"));
  f.answer();
  f.send_and_settle(*f.ends.client, begin + "x" + longest.substr(begin.size()));
  CHECK(status_of(f.receive_page(*f.ends.client)) == "431");
}

TEST_CASE("a certificate that says too much is not served") {
  const tls::test::MadeCertificate wordy(
      {.common_name = "wordy", .alternatives = "", .organizations = 160}, &Passing::authority());
  Passing f(Passing::Clients::kPlain);
  tls::ClientSettings client;
  client.certificate = tls::test::parsed(wordy);
  f.transport = std::make_unique<TlsTransport>(
      *f.loop,
      tls::ServerSettings{.verify = tls::ClientVerify::kRequired,
                          .trusted = Passing::authority().certificate_pem()},
      std::move(client));
  FrontendSettings settings = passing();
  settings.backend = 0;
  const auto front = f.add_frontend(std::move(settings));
  const auto peer = f.connect(front);
  peer->send(kGet);
  CHECK(f.receive_all(*peer).empty());
  CHECK(f.engine.stats().rows.at(2).ereq == 1);
}

}  // namespace
}  // namespace hapair::lb
