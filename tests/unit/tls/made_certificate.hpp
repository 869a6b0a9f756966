// Certificates made for a test: signed by themselves or by another one.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "common/tls/certificate.hpp"

namespace hapair::tls::test {

struct Wanted {
  std::string common_name = "localhost";
  std::string alternatives = "DNS:localhost,IP:127.0.0.1";  ///< as openssl.cnf writes them
  bool rsa = false;                                         ///< else ECDSA on P-256
  bool signs = false;                                       ///< may sign others
  int organizations = 0;                                    ///< of 60 bytes each, in the name
  long from = -3600;                                        ///< seconds from now
  long until = 3600;
};

class MadeCertificate {
 public:
  explicit MadeCertificate(const Wanted& wanted = {}, const MadeCertificate* signer = nullptr)
      : key_(wanted.rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"), EVP_PKEY_free),
        certificate_(X509_new(), X509_free) {
    X509* x = certificate_.get();
    X509_set_version(x, X509_VERSION_3);
    static long serial = 1;
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x), wanted.from);
    X509_gmtime_adj(X509_getm_notAfter(x), wanted.until);
    X509_set_pubkey(x, key_.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()),
                               -1, -1, 0);
    for (int i = 0; i < wanted.organizations; ++i) {
      const std::string name(60, 'o');
      X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "O", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    }
    X509* issuer = signer != nullptr ? signer->certificate_.get() : x;
    X509_set_issuer_name(x, X509_get_subject_name(issuer));
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, x, nullptr, nullptr, 0);
    add(context, NID_basic_constraints, wanted.signs ? "critical,CA:TRUE" : "CA:FALSE");
    if (!wanted.alternatives.empty()) add(context, NID_subject_alt_name, wanted.alternatives);
    X509_sign(x, signer != nullptr ? signer->key_.get() : key_.get(), EVP_sha256());
  }

  [[nodiscard]] std::string certificate_pem() const {
    return written([&](BIO* bio) { PEM_write_bio_X509(bio, certificate_.get()); });
  }
  [[nodiscard]] std::string key_pem() const {
    return written([&](BIO* bio) {
      PEM_write_bio_PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  [[nodiscard]] std::string bundle() const { return certificate_pem() + key_pem(); }

  /// A list, signed by this one, of what it has revoked (PEM).
  [[nodiscard]] std::string revoking(std::initializer_list<const MadeCertificate*> revoked) const {
    const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> list(X509_CRL_new(), X509_CRL_free);
    X509_CRL_set_version(list.get(), 1);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate_.get()));
    const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> from(X509_gmtime_adj(nullptr, -60),
                                                                     ASN1_TIME_free);
    const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> until(
        X509_gmtime_adj(nullptr, 3600), ASN1_TIME_free);
    X509_CRL_set1_lastUpdate(list.get(), from.get());
    X509_CRL_set1_nextUpdate(list.get(), until.get());
    for (const MadeCertificate* each : revoked) {
      X509_REVOKED* entry = X509_REVOKED_new();
      X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(each->certificate_.get()));
      X509_REVOKED_set_revocationDate(entry, from.get());
      X509_CRL_add0_revoked(list.get(), entry);
    }
    X509_CRL_sign(list.get(), key_.get(), EVP_sha256());
    return written([&](BIO* bio) { PEM_write_bio_X509_CRL(bio, list.get()); });
  }

  /// A response (DER) in which this one says of `about` how it stands: V_OCSP_CERTSTATUS_GOOD, ...
  [[nodiscard]] std::string ocsp_about(const MadeCertificate& about,
                                       int status = V_OCSP_CERTSTATUS_GOOD,
                                       long until = 3600) const {
    const std::unique_ptr<OCSP_BASICRESP, decltype(&OCSP_BASICRESP_free)> basic(
        OCSP_BASICRESP_new(), OCSP_BASICRESP_free);
    ASN1_TIME* from = X509_gmtime_adj(nullptr, -7200);
    ASN1_TIME* next = X509_gmtime_adj(nullptr, until);
    OCSP_CERTID* id = OCSP_cert_to_id(EVP_sha1(), about.certificate_.get(), certificate_.get());
    OCSP_basic_add1_status(basic.get(), id, status, 0,
                           status == V_OCSP_CERTSTATUS_REVOKED ? from : nullptr, from, next);
    OCSP_basic_sign(basic.get(), certificate_.get(), key_.get(), EVP_sha256(), nullptr, 0);
    OCSP_RESPONSE* response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get());
    std::uint8_t* der = nullptr;
    const int size = i2d_OCSP_RESPONSE(response, &der);
    std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    OCSP_RESPONSE_free(response);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(next);
    return text;
  }

 private:
  void add(X509V3_CTX& context, int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    X509_add_ext(certificate_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <class Write>
  static std::string written(const Write& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    write(bio.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

inline Certificate parsed(const MadeCertificate& made) {
  return Certificate::parse(made.certificate_pem(), made.key_pem()).value();
}

}  // namespace hapair::tls::test
