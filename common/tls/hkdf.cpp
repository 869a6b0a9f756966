#include "common/tls/hkdf.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>

#include "common/base/text.hpp"

namespace hapair::tls {
namespace {

struct FreeKdf {
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};

/// OpenSSL's parameters take pointers to non-const, but only read.
OSSL_PARAM octets(const char* name, base::Bytes bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(bytes.data()),
                                           bytes.size());
}

}  // namespace

base::Result<std::vector<std::uint8_t>> hkdf_sha256(const HkdfInput& input, std::size_t length) {
  if (input.secret.empty()) return base::fail("HKDF needs a secret of at least one byte");
  if (length == 0 || length > kMaxHkdfBytes) {
    return base::fail(base::concat("HKDF gives 1 to ", kMaxHkdfBytes, " bytes, not ", length));
  }
  const std::unique_ptr<EVP_KDF, FreeKdf> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const std::unique_ptr<EVP_KDF_CTX, FreeKdf> context(EVP_KDF_CTX_new(kdf.get()));
  if (!context) return base::fail("OpenSSL has no HKDF; check its provider configuration");

  char digest[] = "SHA256";
  std::vector<OSSL_PARAM> params{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      octets(OSSL_KDF_PARAM_KEY, input.secret),
      octets(OSSL_KDF_PARAM_INFO, base::as_bytes(input.info)),
  };
  if (!input.salt.empty()) params.push_back(octets(OSSL_KDF_PARAM_SALT, input.salt));
  params.push_back(OSSL_PARAM_construct_end());

  std::vector<std::uint8_t> key(length);
  if (EVP_KDF_derive(context.get(), key.data(), key.size(), params.data()) != 1) {
    return base::fail("OpenSSL could not derive a key with HKDF");
  }
  return key;
}

}  // namespace hapair::tls
