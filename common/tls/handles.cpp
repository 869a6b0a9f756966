#include "common/tls/handles.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace hapair::tls {

void Free::operator()(BIO* bio) const { BIO_free(bio); }
void Free::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
void Free::operator()(SSL* ssl) const { SSL_free(ssl); }
void Free::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
void Free::operator()(ssl_session_st* session) const { SSL_SESSION_free(session); }
void Free::operator()(X509* certificate) const { X509_free(certificate); }
void Free::operator()(X509_CRL* list) const { X509_CRL_free(list); }

BioHandle reading(std::string_view text) {
  return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace hapair::tls
