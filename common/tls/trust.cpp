#include "common/tls/trust.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "common/tls/fault.hpp"

namespace hapair::tls {
namespace {

/// False when a piece of PEM is there that can't be read.
bool read_to_end() {
  const unsigned long code = ERR_peek_last_error();
  const bool at_end = code == 0 || ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
  if (at_end) ERR_clear_error();
  return at_end;
}

}  // namespace

base::Result<void> trust(SSL_CTX& context, std::string_view certificates) {
  ERR_clear_error();
  X509_STORE* store = SSL_CTX_get_cert_store(&context);
  const BioHandle bio = reading(certificates);
  std::size_t count = 0;
  while (const X509Handle one{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    if (X509_STORE_add_cert(store, one.get()) != 1) {
      return openssl_fail("a trusted certificate can't be used");
    }
    ++count;
  }
  if (!read_to_end()) return openssl_fail("a certificate in it can't be read");
  if (count == 0) return base::fail("holds no certificate (-----BEGIN CERTIFICATE-----)");
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  return {};
}

base::Result<void> revoke(SSL_CTX& context, std::string_view lists) {
  ERR_clear_error();
  X509_STORE* store = SSL_CTX_get_cert_store(&context);
  const BioHandle bio = reading(lists);
  std::size_t count = 0;
  while (const CrlHandle one{PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)}) {
    if (X509_STORE_add_crl(store, one.get()) != 1) {
      return openssl_fail("a list of revoked certificates can't be used");
    }
    ++count;
  }
  if (!read_to_end()) return openssl_fail("a list in it can't be read");
  if (count == 0) return base::fail("holds no list (-----BEGIN X509 CRL-----)");
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
  return {};
}

base::Result<void> check_trusted(std::string_view certificates) {
  const ContextHandle context(SSL_CTX_new(TLS_server_method()));
  if (!context) return openssl_fail("no TLS context can be made");
  return trust(*context, certificates);
}

base::Result<void> check_revoked(std::string_view lists) {
  const ContextHandle context(SSL_CTX_new(TLS_server_method()));
  if (!context) return openssl_fail("no TLS context can be made");
  return revoke(*context, lists);
}

}  // namespace hapair::tls
