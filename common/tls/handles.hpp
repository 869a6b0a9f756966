// OpenSSL's objects with their owners. Only for common/tls.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string_view>

struct ssl_session_st;  // SSL_SESSION, which <openssl/types.h> leaves out

namespace hapair::tls {

/// Calls the OpenSSL function that ends an object of this kind.
struct Free {
  void operator()(BIO* bio) const;
  void operator()(EVP_PKEY* key) const;
  void operator()(SSL* ssl) const;
  void operator()(SSL_CTX* context) const;
  void operator()(ssl_session_st* session) const;
  void operator()(X509* certificate) const;
  void operator()(X509_CRL* list) const;
};

using BioHandle = std::unique_ptr<BIO, Free>;
using KeyHandle = std::unique_ptr<EVP_PKEY, Free>;
using SslHandle = std::unique_ptr<SSL, Free>;
using ContextHandle = std::unique_ptr<SSL_CTX, Free>;
using SessionHandle = std::unique_ptr<ssl_session_st, Free>;
using X509Handle = std::unique_ptr<X509, Free>;
using CrlHandle = std::unique_ptr<X509_CRL, Free>;

/// Reads `text`, which outlives it.
[[nodiscard]] BioHandle reading(std::string_view text);

}  // namespace hapair::tls
