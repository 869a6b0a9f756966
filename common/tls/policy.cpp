#include "common/tls/policy.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/base/text.hpp"
#include "common/tls/fault.hpp"

namespace hapair::tls {
namespace {

/// Buffers live only while bytes are in them; a write may go on from another place; a record's
/// worth is taken at a time.
constexpr long kModes =
    SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER;

/// No renegotiation and no compression: both are only good for attacks.
constexpr std::uint64_t kOptions = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION;

int number_of(Version version) {
  return version == Version::kTls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

}  // namespace

base::Result<ContextHandle> make_context(const Policy& policy, bool server) {
  ERR_clear_error();
  ContextHandle context(SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()));
  if (!context) return openssl_fail("no TLS context can be made");
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, number_of(policy.min_version));
  SSL_CTX_set_max_proto_version(raw, number_of(policy.max_version));
  SSL_CTX_set_mode(raw, kModes);
  SSL_CTX_set_options(raw, kOptions);
  SSL_CTX_set_read_ahead(raw, 1);  // a record with one system call instead of two
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  if (server) {
    // Many clients close without close_notify; a request says itself where it ends.
    SSL_CTX_set_options(raw, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_max_early_data(raw, 0);  // 0-RTT could be replayed (RFC 8446, section 8)
  }
  if (SSL_CTX_set_cipher_list(raw, policy.ciphers.c_str()) != 1) {
    return openssl_fail(base::concat("ciphers \"", policy.ciphers, "\""));
  }
  if (SSL_CTX_set_ciphersuites(raw, policy.ciphersuites.c_str()) != 1) {
    return openssl_fail(base::concat("ciphersuites \"", policy.ciphersuites, "\""));
  }
  if (SSL_CTX_set1_curves_list(raw, policy.curves.c_str()) != 1) {
    return openssl_fail(base::concat("curves \"", policy.curves, "\""));
  }
  return context;
}

std::string alpn_wire(const std::vector<std::string>& protocols) {
  std::string wire;
  for (const std::string& protocol : protocols) {
    wire += static_cast<char>(protocol.size());
    wire += protocol;
  }
  return wire;
}

}  // namespace hapair::tls
