// The server's side of TLS: what it agrees to and the certificates it has. Outlives the streams it
// has made.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/net/byte_stream.hpp"
#include "common/tls/certificate.hpp"
#include "common/tls/certificate_set.hpp"
#include "common/tls/policy.hpp"
#include "common/tls/ticket_keys.hpp"
#include "common/tls/tls_stream.hpp"

namespace hapair::tls {

/// Whether clients are asked for a certificate.
enum class ClientVerify : std::uint8_t {
  kNone,
  kOptional,  ///< one that is given must be good
  kRequired,
};

struct ServerSettings {
  Policy policy{};
  /// Clients that ask for a name without a certificate, or for none, are refused.
  bool strict_sni = false;
  ClientVerify verify = ClientVerify::kNone;
  std::string trusted{};  ///< with `verify`: PEM certificates of those who sign clients'
  std::string revoked{};  ///< PEM lists of what they have revoked; may be empty
  /// Sessions are resumed only where this is the same: what this context is for.
  std::string scope{};
  /// Outlives the context. Null: tickets are this process's own.
  const TicketKeys* tickets = nullptr;
};

class ServerContext {
  struct Internal {
    explicit Internal() = default;
  };

 public:
  [[nodiscard]] static base::Result<std::unique_ptr<ServerContext>> create(
      ServerSettings settings, std::vector<Certificate> certificates);
  ServerContext(Internal internal, ServerSettings settings);
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;

  /// Handshakes from here on use these; on failure the old ones stay.
  [[nodiscard]] base::Result<void> replace(std::vector<Certificate> certificates);
  /// The same for whom clients' certificates must be signed by, and what is revoked.
  [[nodiscard]] base::Result<void> replace_trust(std::string trusted, std::string revoked);
  [[nodiscard]] const std::vector<Certificate>& certificates() const {
    return set_->certificates();
  }
  /// It is so late: OCSP responses that are good no more are not given to clients.
  void set_time(base::WallTime now) { now_ = now; }

  /// The server's end of a connection that `inner` carries.
  [[nodiscard]] base::Result<std::unique_ptr<TlsStream>> accept(
      std::unique_ptr<net::ByteStream> inner);

 private:
  [[nodiscard]] base::Result<ContextHandle> make_context();

  static int on_server_name(SSL* ssl, int* alert, void* self);
  [[nodiscard]] base::Result<void> ask_clients(SSL_CTX& context);
  static int on_ocsp(SSL* ssl, void* self);
  static int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                       EVP_MAC_CTX* mac, int seals);
  static int on_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_length,
                     const unsigned char* in, unsigned in_length, void* self);

  ServerSettings settings_;
  std::string alpn_;  ///< in wire form
  base::WallTime now_{};
  std::unique_ptr<const CertificateSet> set_;
};

}  // namespace hapair::tls
