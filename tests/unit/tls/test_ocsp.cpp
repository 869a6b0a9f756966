#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <chrono>
#include <string>
#include <utility>

#include "tests/unit/tls/tls_pair.hpp"

namespace hapair::tls::test {
namespace {

using namespace std::chrono_literals;

struct Site {
  MadeCertificate authority{{.common_name = "authority", .alternatives = "", .signs = true}};
  MadeCertificate other{{.common_name = "other", .alternatives = "", .signs = true}};
  MadeCertificate site{{}, &authority};
  MadeCertificate sibling{{}, &authority};

  [[nodiscard]] base::Result<Certificate> with(std::string response, bool chain = true) const {
    return Certificate::parse(site.certificate_pem() + (chain ? authority.certificate_pem() : ""),
                              site.key_pem(), std::move(response));
  }
  [[nodiscard]] std::string fault_of(std::string response, bool chain = true) const {
    const auto parsed = with(std::move(response), chain);
    return parsed ? "" : parsed.error().message;
  }
};

TEST_CASE("a response is about its certificate, and calls it good") {
  const Site s;
  CHECK(s.fault_of(s.authority.ocsp_about(s.site)) == "");
  CHECK(s.fault_of(s.authority.ocsp_about(s.site), false) == "");
  for (const bool chain : {true, false}) {
    CHECK(s.fault_of(s.authority.ocsp_about(s.sibling), chain).find("another certificate") !=
          std::string::npos);
  }
  CHECK(s.fault_of(s.other.ocsp_about(s.site)).find("another certificate") != std::string::npos);
  CHECK(s.fault_of(s.authority.ocsp_about(s.site, V_OCSP_CERTSTATUS_REVOKED)).find("revoked") !=
        std::string::npos);
  CHECK(s.fault_of(s.authority.ocsp_about(s.site, V_OCSP_CERTSTATUS_UNKNOWN)).find("nothing") !=
        std::string::npos);
  CHECK(s.fault_of("junk").find("is none") != std::string::npos);
  const std::string whole = s.authority.ocsp_about(s.site);
  CHECK(s.fault_of(whole.substr(0, whole.size() / 2)).find("is none") != std::string::npos);
  CHECK(s.fault_of(std::string("\x30\x03\x0a\x01\x06", 5)).find("says that it failed") !=
        std::string::npos);
}

TEST_CASE("a response ends, without one nothing does") {
  const Site s;
  const auto certificate = s.with(s.authority.ocsp_about(s.site, V_OCSP_CERTSTATUS_GOOD, 60));
  REQUIRE(certificate);
  const base::WallTime now = certificate->not_before() + 1h;  // about when it was made
  CHECK(certificate->check_ocsp_time(now));
  const auto late = certificate->check_ocsp_time(now + 2min);
  REQUIRE_FALSE(late);
  CHECK(late.error().message.find("expired at ") != std::string::npos);
  CHECK(s.with("")->check_ocsp_time(base::WallTime::max()));
}

/// The response that a client which wants one gets of the server; empty: none.
std::string stapled_by(ServerContext& server) {
  const ContextHandle context(SSL_CTX_new(TLS_client_method()));
  const SslHandle client(SSL_new(context.get()));
  SSL_set_tlsext_status_type(client.get(), TLSEXT_STATUSTYPE_ocsp);
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(client.get(), in, out);
  SSL_set_connect_state(client.get());
  End end([&](auto below) { return server.accept(std::move(below)).value(); });
  for (int turn = 0; turn < 8; ++turn) {
    (void)SSL_do_handshake(client.get());
    char* data = nullptr;
    if (const long size = BIO_get_mem_data(out, &data); size > 0) {
      end.memory->feed(std::string(data, static_cast<std::size_t>(size)));
      (void)BIO_reset(out);
    }
    (void)end.stream->handshake();
    const std::string answer = end.memory->take_output();
    if (!answer.empty()) BIO_write(in, answer.data(), static_cast<int>(answer.size()));
  }
  CHECK(SSL_is_init_finished(client.get()) == 1);
  const unsigned char* response = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(client.get(), &response);
  if (size <= 0) return {};
  return {reinterpret_cast<const char*>(response), static_cast<std::size_t>(size)};
}

TEST_CASE("clients get the response while it is good") {
  const Site s;
  const auto certificate = s.with(s.authority.ocsp_about(s.site, V_OCSP_CERTSTATUS_GOOD, 60));
  REQUIRE(certificate);
  auto server = ServerContext::create({}, {*certificate}).value();
  server->set_time(certificate->not_before() + 1h);
  CHECK(stapled_by(*server) == certificate->ocsp());
  server->set_time(certificate->not_before() + 2h);
  CHECK(stapled_by(*server).empty());
}

}  // namespace
}  // namespace hapair::tls::test
