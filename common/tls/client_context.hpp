// The client's side of TLS, towards one server: what it agrees to, whom it trusts, and the sessions
// it may resume. Outlives the streams it has made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/net/byte_stream.hpp"
#include "common/tls/certificate.hpp"
#include "common/tls/policy.hpp"
#include "common/tls/tls_stream.hpp"

namespace hapair::tls {

struct ClientSettings {
  Policy policy{};
  /// PEM certificates of those whose signature counts; empty: no server is asked who it is.
  std::string trusted{};
  /// Asked for (SNI) where it is a host name; and with `trusted` the certificate must be for it,
  /// or for `verify_name`. An address is fine for the latter.
  std::string server_name{};
  std::string verify_name{};                 ///< empty: `server_name`
  std::optional<Certificate> certificate{};  ///< our own, for servers that ask
  bool resume = true;                        ///< sessions of connections before, where it can
};

class ClientContext {
  struct Internal {
    explicit Internal() = default;
  };

 public:
  [[nodiscard]] static base::Result<std::unique_ptr<ClientContext>> create(ClientSettings settings);
  ClientContext(Internal /*only create() has it*/, ClientSettings settings)
      : settings_(std::move(settings)) {}
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;

  /// Connections from here on trust these, and show this certificate; sessions of before are not
  /// resumed. On failure all stays.
  [[nodiscard]] base::Result<void> renew(std::string trusted,
                                         std::optional<Certificate> certificate);

  /// The client's end of a connection that `inner` carries, once that stands. `only`: the protocol
  /// that is offered in place of the policy's.
  [[nodiscard]] std::unique_ptr<TlsStream> connect(std::unique_ptr<net::ByteStream> inner,
                                                   std::string_view only = {});
  /// The same, for a context of several servers without names, which does not resume: where no
  /// name is set, the certificate must be for `address`.
  [[nodiscard]] std::unique_ptr<TlsStream> connect(std::unique_ptr<net::ByteStream> inner,
                                                   const base::IpAddress& address);

 private:
  /// A connection of TLS 1.3 brings two tickets, and each is good for one.
  static constexpr std::size_t kMaxSessions = 8;

  [[nodiscard]] base::Result<ContextHandle> make_context();
  [[nodiscard]] base::Result<void> expect_name(SSL& ssl) const;
  /// The certificate must be for it: a host's name or an address.
  [[nodiscard]] static base::Result<void> verify_for(SSL& ssl, const std::string& name);
  [[nodiscard]] SslHandle make_client() const;
  void resume(SSL& ssl);
  static int on_session(SSL* ssl, ssl_session_st* session);

  ClientSettings settings_;
  ContextHandle context_;
  std::vector<SessionHandle> sessions_;  ///< the newest at the back
};

}  // namespace hapair::tls
