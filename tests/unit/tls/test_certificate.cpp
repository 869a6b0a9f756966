#include <doctest/doctest.h>

#include "common/event/clock.hpp"
#include "common/tls/certificate.hpp"
#include "tests/unit/tls/made_certificate.hpp"

namespace hapair::tls::test {
namespace {

std::string fault_of(std::string_view chain, std::string_view key) {
  const auto parsed = Certificate::parse(chain, key);
  REQUIRE_FALSE(parsed);
  return parsed.error().message;
}

bool names_all(const std::string& text, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (text.find(part) == std::string::npos) return false;
  }
  return true;
}

TEST_CASE("a bundle holds certificate and key in either order") {
  const MadeCertificate made;
  for (const std::string& bundle : {made.bundle(), made.key_pem() + made.certificate_pem()}) {
    const auto parsed = Certificate::parse(bundle, bundle);
    REQUIRE(parsed);
    CHECK(parsed->names() == std::vector<std::string>{"localhost"});
    CHECK(parsed->subject() == "CN=localhost");
    CHECK(parsed->key_kind() == KeyKind::kEcdsa);
    CHECK(parsed->fingerprint().size() == 64);
  }
}

TEST_CASE("names are in lower case; without any the common name counts") {
  const MadeCertificate several({.alternatives = "DNS:A.Example,DNS:*.b.example,DNS:a.example"});
  CHECK(Certificate::parse(several.bundle(), several.bundle())->names() ==
        std::vector<std::string>{"a.example", "*.b.example"});
  const MadeCertificate none({.common_name = "Old.Example", .alternatives = ""});
  CHECK(Certificate::parse(none.bundle(), none.bundle())->names() ==
        std::vector<std::string>{"old.example"});
}

TEST_CASE("a chain is followed, and its shortest time counts") {
  const MadeCertificate root({.common_name = "root", .alternatives = "", .signs = true});
  const MadeCertificate middle(
      {.common_name = "middle", .alternatives = "", .signs = true, .until = 60}, &root);
  const MadeCertificate leaf({}, &middle);
  const std::string chain = leaf.certificate_pem() + middle.certificate_pem();
  const auto parsed = Certificate::parse(chain, leaf.key_pem());
  REQUIRE(parsed);
  CHECK(parsed->not_after() < event::wall_now() + std::chrono::seconds(70));
  const std::string wrong = leaf.certificate_pem() + root.certificate_pem();
  CHECK(names_all(fault_of(wrong, leaf.key_pem()), {"certificate 2", "CN=root", "CN=localhost"}));
}

TEST_CASE("what is no certificate with its key is refused in words") {
  const MadeCertificate made;
  const MadeCertificate other;
  CHECK(names_all(fault_of("", made.key_pem()), {"holds no certificate"}));
  CHECK(names_all(fault_of("noise", made.key_pem()), {"holds no certificate"}));
  CHECK(names_all(fault_of(made.certificate_pem(), made.certificate_pem()),
                  {"holds no private key"}));
  CHECK(names_all(fault_of(made.certificate_pem(), other.key_pem()),
                  {"the private key is not that of the certificate CN=localhost"}));
  std::string cut = made.certificate_pem();
  cut.erase(cut.size() / 2, 40);
  CHECK(names_all(fault_of(cut + made.key_pem(), made.key_pem()), {"can't be read"}));
  CHECK(names_all(fault_of(made.certificate_pem(),
                           "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
                           "-----END ENCRYPTED PRIVATE KEY-----\n"),
                  {"encrypted"}));
  std::string many;
  for (int i = 0; i < 17; ++i) many += made.certificate_pem();
  CHECK(names_all(fault_of(many, made.key_pem()), {"more than 16"}));
}

TEST_CASE("time decides whether it serves") {
  const MadeCertificate made;
  const auto parsed = Certificate::parse(made.bundle(), made.bundle());
  REQUIRE(parsed);
  CHECK(parsed->check_time(parsed->not_before()));
  CHECK_FALSE(parsed->check_time(parsed->not_before() - std::chrono::seconds(1)));
  const auto over = parsed->check_time(parsed->not_after());
  REQUIRE_FALSE(over);
  CHECK(names_all(over.error().message, {"CN=localhost", "expired at"}));
}

TEST_CASE("a certificate that ends in the far future is one that ends never") {
  const MadeCertificate made({.until = 400L * 365 * 24 * 3600});
  const auto parsed = Certificate::parse(made.bundle(), made.bundle());
  REQUIRE(parsed);
  CHECK(parsed->not_after() > event::wall_now());
}

}  // namespace
}  // namespace hapair::tls::test
