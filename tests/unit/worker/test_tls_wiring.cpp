// What the worker makes of the files of TLS: at the start, and as they change.
#include "apps/hapair/worker/tls_wiring.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/memory_sink.hpp"
#include "tests/unit/tls/tls_pair.hpp"

using namespace hapair;
using tls::test::MadeCertificate;

namespace {

constexpr std::size_t kSite = 0;
constexpr std::size_t kTrust = 1;
constexpr std::size_t kRevoked = 2;

tls_files::Item item_of(const MadeCertificate& made, const std::string& path = "/tls/a.pem",
                        const std::string& ocsp = {}) {
  return {.path = path, .text = made.certificate_pem(), .key = made.key_pem(), .ocsp = ocsp};
}

/// One bind under TLS that asks clients for certificates, and its files.
struct TlsScene {
  explicit TlsScene(tls_files::Items site) : loop(event::EventLoop::create().value()) {
    model.tls_files = {{.path = "/tls"},
                       {.kind = tls_files::Kind::kTrust, .path = "/ca.pem"},
                       {.kind = tls_files::Kind::kRevoked, .path = "/ca.crl"}};
    model.tls_items = {std::move(site),
                       {{.path = "/ca.pem", .text = authority().certificate_pem()}},
                       {{.path = "/ca.crl", .text = authority().revoking({})}}};
    config::BindTls bind{.name = "frontends.web.bind[0].tls", .certificates = {kSite}};
    bind.handshake_timeout = std::chrono::seconds(3);
    bind.verify = config::ClientVerify::kOptional;
    bind.ca = kTrust;
    bind.crl = kRevoked;
    model.tls = {bind};
    log.add_sink(sink, base::LogLevel::kDebug);
    wiring = std::make_unique<worker::TlsWiring>(*loop, model, log, journal);
    set_up = wiring->set_up();
  }
  ~TlsScene() { log.remove_sinks(); }
  static const MadeCertificate& authority() {
    static const MadeCertificate kMade(
        {.common_name = "authority", .alternatives = "", .signs = true});
    return kMade;
  }

  [[nodiscard]] worker::TlsWiring& events() { return *wiring; }
  [[nodiscard]] lb::BindTls bind() const {
    config::Bind bind;
    bind.tls = 0;
    return wiring->of(bind).value();
  }
  [[nodiscard]] std::vector<std::string> subjects() const {
    std::vector<std::string> all;
    for (const worker::ServedCertificate& each : wiring->served()) {
      all.push_back(each.path + " " + each.certificate.subject());
    }
    return all;
  }
  [[nodiscard]] std::string serves() const {
    return bind().context->certificates().front().fingerprint();
  }
  [[nodiscard]] bool logged(std::string_view id, std::string_view words = {}) const {
    return std::ranges::any_of(sink.lines, [&](const std::string& line) {
      return line.find(" " + std::string(id) + " ") != std::string::npos &&
             line.find(words) != std::string::npos;
    });
  }
  /// Whether a client with that certificate gets a connection.
  [[nodiscard]] bool admits(const MadeCertificate& client, const MadeCertificate& site) const {
    tls::ClientSettings settings{.trusted = site.certificate_pem(), .server_name = "localhost"};
    settings.certificate = tls::test::parsed(client);
    const auto context = tls::ClientContext::create(std::move(settings)).value();
    tls::test::Pair pair(*bind().context, *context);
    return pair.shake_hands();
  }

  std::unique_ptr<event::EventLoop> loop;
  config::Model model;
  base::Logger log;
  base::Journal journal;
  MemorySink sink;
  std::unique_ptr<worker::TlsWiring> wiring;
  base::Result<void> set_up;
};

std::string fingerprint_of(const MadeCertificate& made) {
  return tls::test::parsed(made).fingerprint();
}

TEST_CASE("a bind serves what its files held at the start, on its own terms") {
  const MadeCertificate site({.common_name = "a.example", .alternatives = ""});
  TlsScene s({item_of(site)});
  REQUIRE(s.set_up);
  CHECK(s.subjects() == std::vector<std::string>{"/tls/a.pem CN=a.example"});
  CHECK(s.serves() == fingerprint_of(site));
  CHECK(s.bind().handshake_timeout == std::chrono::seconds(3));
  CHECK_FALSE(s.wiring->of(config::Bind{}));
  CHECK(s.logged("certificate-expires", "CN=a.example"));  // in an hour
}

TEST_CASE("without a certificate that can be read there is no bind") {
  TlsScene s(tls_files::Items{{.path = "/tls/a.pem", .text = "nothing"}});
  REQUIRE_FALSE(s.set_up);
  CHECK(s.set_up.error().message.starts_with("frontends.web.bind[0].tls"));
  CHECK(s.logged("certificate-refused", "/tls/a.pem"));
}

TEST_CASE("one that has expired serves at the start, and is told of") {
  const MadeCertificate old({.from = -7200, .until = -3600});
  TlsScene s({item_of(old)});
  REQUIRE(s.set_up);
  CHECK(s.serves() == fingerprint_of(old));
  CHECK(s.logged("certificate-not-valid", "expired at"));
}

TEST_CASE("a new certificate takes the place of the old one, and the journal has it") {
  const MadeCertificate first;
  const MadeCertificate second;
  TlsScene s({item_of(first)});
  s.events().on_tls_items(kSite, {item_of(second)});
  CHECK(s.serves() == fingerprint_of(second));
  CHECK(s.logged("certificate-renewed", "/tls/a.pem"));
  CHECK(s.journal.last("certificate-renewed", "/tls/a.pem"));
  s.sink.lines.clear();
  s.events().on_tls_items(kSite, {item_of(second)});
  CHECK(s.sink.lines.empty());
}

TEST_CASE("a bad one is refused for itself, and the old stays") {
  const MadeCertificate first({.common_name = "a.example", .alternatives = ""});
  const MadeCertificate expired({.from = -7200, .until = -3600});
  const MadeCertificate other({.common_name = "b.example", .alternatives = ""});
  TlsScene s({item_of(first)});
  s.events().on_tls_items(kSite, {item_of(expired), item_of(other, "/tls/b.pem")});
  CHECK(s.subjects() ==
        std::vector<std::string>{"/tls/a.pem CN=a.example", "/tls/b.pem CN=b.example"});
  CHECK(s.logged("certificate-refused", "expired at"));
  CHECK(s.journal.last("certificate-refused", "/tls/a.pem"));
  s.events().on_tls_items(kSite, {});
  CHECK(s.subjects().size() == 2);  // rather than none
  s.events().on_tls_fault(kSite, "can't be read");
  CHECK(s.logged("certificate-refused", "can't be read"));
  s.events().on_tls_items(99, {});
  s.events().on_tls_fault(99, "nothing of ours");
  s.events().on_tls_files_gone();
  CHECK(s.logged("certificates-unwatched"));
}

TEST_CASE("an OCSP response that is no good costs nobody the certificate") {
  const MadeCertificate site({}, &TlsScene::authority());
  const MadeCertificate next({}, &TlsScene::authority());
  const std::string good = TlsScene::authority().ocsp_about(site);
  TlsScene s({item_of(site, "/tls/a.pem", good)});
  const auto response = [&] { return s.bind().context->certificates().front().ocsp(); };
  CHECK(response() == good);
  // Junk in its place: what was good stays.
  s.events().on_tls_items(kSite, {item_of(site, "/tls/a.pem", "junk")});
  CHECK(response() == good);
  CHECK(s.logged("ocsp-response-refused", "is none"));
  // The certificate is renewed, the response is not: it serves without.
  s.events().on_tls_items(kSite, {item_of(next, "/tls/a.pem", good)});
  CHECK(s.serves() == fingerprint_of(next));
  CHECK(response().empty());
  CHECK(s.logged("ocsp-response-refused", "about another certificate"));
  s.sink.lines.clear();
  const std::string late = TlsScene::authority().ocsp_about(next, V_OCSP_CERTSTATUS_GOOD, -60);
  s.events().on_tls_items(kSite, {item_of(next, "/tls/a.pem", late)});
  CHECK(response().empty());
  CHECK(s.logged("ocsp-response-refused", "expired at"));
  // A fresh one is taken over.
  const std::string fresh = TlsScene::authority().ocsp_about(next);
  s.events().on_tls_items(kSite, {item_of(next, "/tls/a.pem", fresh)});
  CHECK(response() == fresh);
}

TEST_CASE("whom to trust and what is revoked change too") {
  const MadeCertificate site;
  const MadeCertificate other({.common_name = "other", .alternatives = "", .signs = true});
  const MadeCertificate member({.common_name = "member", .alternatives = ""},
                               &TlsScene::authority());
  const MadeCertificate stranger({.common_name = "stranger", .alternatives = ""}, &other);
  TlsScene s({item_of(site)});
  CHECK(s.admits(member, site));
  CHECK_FALSE(s.admits(stranger, site));
  s.events().on_tls_items(kTrust, {{.path = "/ca.pem", .text = "nothing"}});
  CHECK(s.logged("certificate-refused", "/ca.pem"));
  CHECK(s.admits(member, site));
  s.events().on_tls_items(kRevoked,
                          {{.path = "/ca.crl", .text = TlsScene::authority().revoking({&member})}});
  CHECK(s.logged("trust-renewed", "/ca.crl"));
  CHECK_FALSE(s.admits(member, site));
  const std::string both = TlsScene::authority().certificate_pem() + other.certificate_pem();
  s.events().on_tls_items(kTrust, {{.path = "/ca.pem", .text = both}});
  const std::string lists = TlsScene::authority().revoking({}) + other.revoking({});
  s.events().on_tls_items(kRevoked, {{.path = "/ca.crl", .text = lists}});
  CHECK(s.admits(member, site));
  CHECK(s.admits(stranger, site));
}

TEST_CASE("the terms of a bind reach its context, defaults where it says nothing") {
  const config::BindTls plain{.name = "b", .alpn = {"h2"}};
  const tls::ServerSettings defaults = worker::server_settings(plain, nullptr);
  CHECK(defaults.policy.ciphers == tls::Policy().ciphers);
  CHECK(defaults.policy.min_version == tls::Version::kTls12);
  CHECK(defaults.policy.alpn == std::vector<std::string>{"h2"});
  CHECK(defaults.verify == tls::ClientVerify::kNone);
  CHECK(defaults.scope == "b");
  config::BindTls strict{.name = "b", .strict_sni = true, .min_version = config::TlsVersion::k13};
  strict.ciphers = "AES128-GCM-SHA256";
  strict.ciphersuites = "TLS_AES_128_GCM_SHA256";
  strict.curves = "P-256";
  strict.verify = config::ClientVerify::kRequired;
  const tls::ServerSettings settings = worker::server_settings(strict, nullptr);
  CHECK(settings.strict_sni);
  CHECK(settings.policy.min_version == tls::Version::kTls13);
  CHECK(settings.policy.ciphers == "AES128-GCM-SHA256");
  CHECK(settings.policy.ciphersuites == "TLS_AES_128_GCM_SHA256");
  CHECK(settings.policy.curves == "P-256");
  CHECK(settings.verify == tls::ClientVerify::kRequired);
}

TEST_CASE("the terms of a server reach its context: its name, or its address in place of one") {
  const config::Server server{.name = "s",
                              .address = base::Endpoint::parse("192.0.2.9:443").value()};
  const auto by_address = worker::client_settings({}, server);
  CHECK(by_address.server_name.empty());
  CHECK(by_address.verify_name == "192.0.2.9");
  const auto by_name = worker::client_settings(
      {.name = "app.example", .min_version = config::TlsVersion::k13}, server);
  CHECK(by_name.server_name == "app.example");
  CHECK(by_name.policy.min_version == tls::Version::kTls13);
}

}  // namespace
