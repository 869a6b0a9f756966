#include <doctest/doctest.h>

#include <string>

#include "liblb/core/certificate_fields.hpp"

namespace hapair::lb {
namespace {

std::string text_of(const CertificateFields& fields) {
  std::string text;
  for (const http::Field& field : fields.fields()) {
    CHECK(field.as_written);
    CHECK(std::string(field.line()).ends_with("\r\n"));
    text += std::string(field.name) + "=" + std::string(field.value) + "\n";
  }
  return text;
}

constexpr CertificateFacts kFacts{.subject = "CN=me,O=Example",
                                  .common_name = "me",
                                  .issuer = "CN=authority",
                                  .serial = "0A",
                                  .fingerprint = "ab12",
                                  .not_before = "2026-01-01T00:00:00Z",
                                  .not_after = "2027-01-01T00:00:00Z",
                                  .der = "0\x01\xff"};

TEST_CASE("a certificate becomes fields, one without says so") {
  CHECK(text_of(CertificateFields({})) == "X-SSL-Client-Verify=NONE\n");
  const CertificateFields fields({}, kFacts);
  CHECK(text_of(fields) ==
        "X-SSL-Client-Verify=SUCCESS\nX-SSL-Client-DN=CN=me,O=Example\nX-SSL-Client-CN=me\n"
        "X-SSL-Client-Issuer-DN=CN=authority\nX-SSL-Client-Serial=0A\n"
        "X-SSL-Client-Fingerprint=ab12\nX-SSL-Client-Not-Before=2026-01-01T00:00:00Z\n"
        "X-SSL-Client-Not-After=2027-01-01T00:00:00Z\n");
  std::size_t bytes = 0;
  for (const http::Field& field : fields.fields()) bytes += field.line().size();
  CHECK(fields.bytes() == bytes);
}

TEST_CASE("the whole certificate is a byte sequence, other names have their prefix") {
  const CertificateFields fields({.prefix = "X-Peer-", .whole = true}, {.der = "0\x01\xff"});
  CHECK(text_of(fields) == "X-Peer-Verify=SUCCESS\nClient-Cert=:MAH/:\n");
}

TEST_CASE("what a server might take for one of them is taken off") {
  const CertificateFields fields{CertificateFieldSettings{}};
  for (const char* name :
       {"X-SSL-Client-Verify", "x-ssl-client-dn", "X_SSL_Client_Verify", "X-SSL-Client-",
        "x_ssl-client-anything", "Client-Cert", "client_cert", "CLIENT-CERT-CHAIN"}) {
    CAPTURE(name);
    CHECK(fields.covers(name));
  }
  for (const char* name : {"X-SSL-Client", "X-SSL-ClientVerify", "Client-Certificate", "Client-Cer",
                           "SSL-Client-Verify", "Host", ""}) {
    CAPTURE(name);
    CHECK_FALSE(fields.covers(name));
  }
  http::FieldList list;
  for (const char* name : {"Host", "X-SSL-Client-DN", "Accept", "client-cert", "Via"}) {
    list.add({.name = name, .value = "v"});
  }
  fields.purge(list);
  REQUIRE(list.size() == 3);
  CHECK(list[0].name == "Host");
  CHECK(list[1].name == "Accept");
  CHECK(list[2].name == "Via");
}

TEST_CASE("so it is in a trailer section") {
  const CertificateFields fields{CertificateFieldSettings{}};
  CHECK(fields.purged("A: 1\r\nX_SSL-Client-Verify: SUCCESS\r\nB: 2\r\n") == "A: 1\r\nB: 2\r\n");
  CHECK(fields.purged("Client-Cert: x\r\n").empty());
  CHECK(fields.purged("").empty());
  CHECK(fields.purged("A: 1") == "A: 1");
}

}  // namespace
}  // namespace hapair::lb
