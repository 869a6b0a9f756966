#include "common/tls/server_context.hpp"

#include <openssl/ssl.h>

#include <utility>

#include "common/tls/fault.hpp"

namespace hapair::tls {

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
  return context;
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
