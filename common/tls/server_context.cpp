#include "common/tls/server_context.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/bytes.hpp"
#include "common/tls/fault.hpp"
#include "common/tls/hmac.hpp"
#include "common/tls/trust.hpp"

namespace hapair::tls {
namespace {

/// How long a client may resume a session.
constexpr std::chrono::seconds kSessionLife = std::chrono::hours(2);

/// A session is resumed only where its client would be trusted on the same terms: one whose
/// certificate was good by other certificates or before a list revoked it begins anew.
HmacSha256 scope_of(const ServerSettings& settings) {
  const HmacSha256 terms =
      hmac_sha256(base::as_bytes(settings.trusted), base::as_bytes(settings.revoked));
  return hmac_sha256(terms, base::as_bytes(settings.scope));
}

}  // namespace

base::Result<std::unique_ptr<ServerContext>> ServerContext::create(
    ServerSettings settings, std::vector<Certificate> certificates) {
  auto context = std::make_unique<ServerContext>(Internal{}, std::move(settings));
  if (auto replaced = context->replace(std::move(certificates)); !replaced) {
    return std::unexpected(replaced.error());
  }
  return context;
}

ServerContext::ServerContext(Internal /*internal*/, ServerSettings settings)
    : settings_(std::move(settings)), alpn_(alpn_wire(settings_.policy.alpn)) {}

base::Result<void> ServerContext::replace_trust(std::string trusted, std::string revoked) {
  std::swap(settings_.trusted, trusted);
  std::swap(settings_.revoked, revoked);
  auto built = replace(certificates());
  if (!built) {
    settings_.trusted = std::move(trusted);
    settings_.revoked = std::move(revoked);
  }
  return built;
}

base::Result<void> ServerContext::replace(std::vector<Certificate> certificates) {
  auto set = CertificateSet::make(std::move(certificates), [this] { return make_context(); });
  if (!set) return std::unexpected(set.error());
  set_ = std::make_unique<const CertificateSet>(std::move(*set));
  return {};
}

base::Result<ContextHandle> ServerContext::make_context() {
  auto context = tls::make_context(settings_.policy, true);
  if (!context) return context;
  SSL_CTX* raw = context->get();
  SSL_CTX_callback_ctrl(raw, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                        reinterpret_cast<void (*)()>(on_server_name));
  SSL_CTX_set_tlsext_servername_arg(raw, this);
  if (!alpn_.empty()) SSL_CTX_set_alpn_select_cb(raw, on_alpn, this);
  SSL_CTX_callback_ctrl(raw, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB,
                        reinterpret_cast<void (*)()>(on_ocsp));
  SSL_CTX_ctrl(raw, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB_ARG, 0, this);
  const HmacSha256 scope = scope_of(settings_);
  SSL_CTX_set_session_id_context(raw, scope.data(), static_cast<unsigned>(scope.size()));
  SSL_CTX_set_timeout(raw, kSessionLife.count());
  if (settings_.tickets != nullptr) {
    SSL_CTX_set_app_data(raw, const_cast<TicketKeys*>(settings_.tickets));
    SSL_CTX_set_tlsext_ticket_key_evp_cb(raw, on_ticket);
  }
  if (auto asked = ask_clients(*raw); !asked) return std::unexpected(asked.error());
  return context;
}

base::Result<void> ServerContext::ask_clients(SSL_CTX& context) {
  if (settings_.verify == ClientVerify::kNone) return {};
  if (auto trusted = trust(context, settings_.trusted); !trusted) return trusted;
  if (!settings_.revoked.empty()) {
    if (auto revoked = revoke(context, settings_.revoked); !revoked) return revoked;
  }
  const bool required = settings_.verify == ClientVerify::kRequired;
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     nullptr);
  return {};
}

int ServerContext::on_ocsp(SSL* ssl, void* self) {
  const X509* sent = SSL_get_certificate(ssl);
  const auto& context = *static_cast<ServerContext*>(self);
  for (const Certificate& each : context.certificates()) {
    if (each.ocsp().empty() || !each.is(sent) || !each.check_ocsp_time(context.now_)) continue;
    // OpenSSL frees what it is given.
    void* copy = OPENSSL_memdup(each.ocsp().data(), each.ocsp().size());
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(each.ocsp().size()));
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

int ServerContext::on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv,
                             EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int seals) {
  const auto& keys = *static_cast<const TicketKeys*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const TicketKeys::Key* key = seals == 1 ? &keys.current() : keys.find({name, keys.kNameBytes});
  if (key == nullptr) return 0;  // an unknown ticket: a whole handshake
  if (seals == 1) {
    std::copy(key->name.begin(), key->name.end(), name);
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
  }
  std::array<OSSL_PARAM, 3> params = {
      OSSL_PARAM_construct_octet_string(
          OSSL_MAC_PARAM_KEY, const_cast<std::uint8_t*>(key->mac.data()), key->mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),
      OSSL_PARAM_construct_end()};
  const bool ready =
      EVP_CipherInit_ex2(cipher, EVP_aes_256_cbc(), key->cipher.data(), iv, seals, nullptr) == 1 &&
      EVP_MAC_CTX_set_params(mac, params.data()) == 1;
  if (!ready) return -1;
  return key == &keys.current() ? 1 : 2;  // 2: and the client gets a new one
}

base::Result<std::unique_ptr<TlsStream>> ServerContext::accept(
    std::unique_ptr<net::ByteStream> inner) {
  SslHandle ssl(SSL_new(&set_->fallback()));
  if (!ssl) return openssl_fail("no TLS connection can be made");
  SSL_set_accept_state(ssl.get());
  return std::make_unique<TlsStream>(std::move(inner), std::move(ssl));
}

int ServerContext::on_server_name(SSL* ssl, int* alert, void* self) {
  const auto& context = *static_cast<ServerContext*>(self);
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  SSL_CTX* found = name != nullptr ? context.set_->find(name) : nullptr;
  if (found == nullptr) {
    if (!context.settings_.strict_sni) return SSL_TLSEXT_ERR_NOACK;
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  if (found != SSL_get_SSL_CTX(ssl)) SSL_set_SSL_CTX(ssl, found);
  return SSL_TLSEXT_ERR_OK;
}

int ServerContext::on_alpn(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_length,
                           const unsigned char* in, unsigned in_length, void* self) {
  const std::string& ours = static_cast<ServerContext*>(self)->alpn_;
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_length,
                                          reinterpret_cast<const unsigned char*>(ours.data()),
                                          static_cast<unsigned>(ours.size()), in, in_length);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301, section 3.2
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace hapair::tls
