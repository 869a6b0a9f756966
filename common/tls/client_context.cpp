#include "common/tls/client_context.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cassert>
#include <new>
#include <utility>

#include "common/base/ip_address.hpp"
#include "common/base/text.hpp"
#include "common/tls/fault.hpp"
#include "common/tls/trust.hpp"

namespace hapair::tls {

base::Result<std::unique_ptr<ClientContext>> ClientContext::create(ClientSettings settings) {
  auto made = std::make_unique<ClientContext>(Internal{}, std::move(settings));
  auto context = made->make_context();
  if (!context) return std::unexpected(context.error());
  made->context_ = std::move(*context);
  return made;
}

base::Result<void> ClientContext::renew(std::string trusted,
                                        std::optional<Certificate> certificate) {
  std::swap(settings_.trusted, trusted);
  std::swap(settings_.certificate, certificate);
  auto context = make_context();
  if (!context) {
    settings_.trusted = std::move(trusted);
    settings_.certificate = std::move(certificate);
    return std::unexpected(context.error());
  }
  context_ = std::move(*context);
  sessions_.clear();
  return {};
}

base::Result<ContextHandle> ClientContext::make_context() {
  auto context = tls::make_context(settings_.policy, false);
  if (!context) return context;
  SSL_CTX* raw = context->get();
  if (!settings_.trusted.empty()) {
    if (auto trusted = trust(*raw, settings_.trusted); !trusted) {
      return std::unexpected(trusted.error());
    }
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  }
  if (settings_.certificate) {
    if (auto used = settings_.certificate->use_in(*raw); !used) {
      return std::unexpected(used.error());
    }
  }
  const std::string alpn = alpn_wire(settings_.policy.alpn);
  // It fails by a number other than 0.
  if (!alpn.empty() &&
      SSL_CTX_set_alpn_protos(raw, reinterpret_cast<const unsigned char*>(alpn.data()),
                              static_cast<unsigned>(alpn.size())) != 0) {
    return openssl_fail("the list of protocols can't be used");
  }
  if (settings_.resume) {
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(raw, on_session);
  }
  SSL_CTX_set_app_data(raw, this);
  const SslHandle trial(SSL_new(raw));
  if (!trial) return openssl_fail("no TLS connection can be made");
  if (auto expected = expect_name(*trial); !expected) return std::unexpected(expected.error());
  return context;
}

SslHandle ClientContext::make_client() const {
  SslHandle ssl(SSL_new(context_.get()));
  if (!ssl) throw std::bad_alloc();
  [[maybe_unused]] const auto expected = expect_name(*ssl);
  assert(expected);  // create() has tried it
  SSL_set_connect_state(ssl.get());
  return ssl;
}

std::unique_ptr<TlsStream> ClientContext::connect(std::unique_ptr<net::ByteStream> inner,
                                                  std::string_view only) {
  SslHandle ssl = make_client();
  if (!only.empty()) {
    const std::string alpn = alpn_wire({std::string(only)});
    SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                        static_cast<unsigned>(alpn.size()));
  }
  resume(*ssl);
  return std::make_unique<TlsStream>(std::move(inner), std::move(ssl));
}

std::unique_ptr<TlsStream> ClientContext::connect(std::unique_ptr<net::ByteStream> inner,
                                                  const base::IpAddress& address) {
  assert(!settings_.resume);
  SslHandle ssl = make_client();
  const bool named = !settings_.verify_name.empty() || !settings_.server_name.empty();
  if (!settings_.trusted.empty() && !named) {
    [[maybe_unused]] const auto expected = verify_for(*ssl, address.to_string());
    assert(expected);  // an address always will do
  }
  return std::make_unique<TlsStream>(std::move(inner), std::move(ssl));
}

base::Result<void> ClientContext::expect_name(SSL& ssl) const {
  const std::string& asked = settings_.server_name;
  const bool is_address = base::IpAddress::parse(asked).has_value();
  // SNI is for host names only (RFC 6066, section 3).
  if (!asked.empty() && !is_address) {
    const long set = SSL_ctrl(&ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                              const_cast<char*>(asked.c_str()));
    if (set != 1) return openssl_fail(base::concat("the name \"", asked, "\""));
  }
  const std::string& wanted = settings_.verify_name.empty() ? asked : settings_.verify_name;
  if (settings_.trusted.empty() || wanted.empty()) return {};
  return verify_for(ssl, wanted);
}

base::Result<void> ClientContext::verify_for(SSL& ssl, const std::string& name) {
  const bool set = base::IpAddress::parse(name).has_value()
                       ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(&ssl), name.c_str()) == 1
                       : SSL_set1_host(&ssl, name.c_str()) == 1;
  if (!set) return openssl_fail(base::concat("the name \"", name, "\""));
  return {};
}

void ClientContext::resume(SSL& ssl) {
  if (sessions_.empty()) return;
  const SessionHandle session = std::move(sessions_.back());
  sessions_.pop_back();
  if (SSL_SESSION_is_resumable(session.get()) != 1) return;
  SSL_set_session(&ssl, session.get());
}

int ClientContext::on_session(SSL* ssl, ssl_session_st* session) {
  auto& self = *static_cast<ClientContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  if (self.sessions_.size() == kMaxSessions) self.sessions_.erase(self.sessions_.begin());
  self.sessions_.emplace_back(session);
  return 1;  // it is ours now
}

}  // namespace hapair::tls
