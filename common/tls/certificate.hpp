// A certificate with its chain and its private key, as ACME clients and operators keep them: PEM,
// in one file or in two. Immutable; copies share what OpenSSL holds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/tls/handles.hpp"

namespace hapair::tls {

enum class KeyKind : std::uint8_t { kRsa, kEcdsa, kOther };

/// "RSA", "ECDSA", "other".
[[nodiscard]] std::string_view to_string(KeyKind kind);

class Certificate {
 public:
  /// `chain`: the certificate first, then those that sign it, each the one before; the root may be
  /// left out. `key` may be the same text as the chain. Checks that the key is the certificate's
  /// and that the chain is one. `ocsp`: a response (RFC 6960, DER) for clients that want one, may
  /// be empty; it must be about the certificate and call it good. Its signature is left to clients.
  [[nodiscard]] static base::Result<Certificate> parse(std::string_view chain, std::string_view key,
                                                       std::string ocsp = {});

  /// In lower case: the DNS names it is for ("*.example.com" among them), or its common name.
  [[nodiscard]] const std::vector<std::string>& names() const { return parts_->names; }
  /// "CN=example.com".
  [[nodiscard]] const std::string& subject() const { return parts_->subject; }
  [[nodiscard]] KeyKind key_kind() const { return parts_->kind; }
  /// It and all of its chain are valid from here on.
  [[nodiscard]] base::WallTime not_before() const { return parts_->not_before; }
  /// The first of its chain to expire does so here.
  [[nodiscard]] base::WallTime not_after() const { return parts_->not_after; }
  /// SHA-256 of the certificate, 64 hex digits.
  [[nodiscard]] const std::string& fingerprint() const { return parts_->fingerprint; }
  /// Fails when it is not valid yet, or no more.
  [[nodiscard]] base::Result<void> check_time(base::WallTime now) const;

  [[nodiscard]] const std::string& ocsp() const { return parts_->ocsp; }
  /// Fails when there is an OCSP response that is good no more.
  [[nodiscard]] base::Result<void> check_ocsp_time(base::WallTime now) const;
  /// Whether that is this one's, as OpenSSL holds it.
  [[nodiscard]] bool is(const X509* certificate) const {
    return parts_->chain.front().get() == certificate;
  }
  /// To a context, which shares them.
  [[nodiscard]] base::Result<void> use_in(SSL_CTX& context) const;

 private:
  struct Parts {
    std::vector<X509Handle> chain;  ///< the certificate first
    KeyHandle key;
    KeyKind kind = KeyKind::kOther;
    std::vector<std::string> names;
    std::string subject;
    std::string fingerprint;
    std::string ocsp;
    base::WallTime ocsp_until{};  ///< with `ocsp`
    base::WallTime not_before{};
    base::WallTime not_after{};
  };

  explicit Certificate(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

  std::shared_ptr<const Parts> parts_;  ///< shared: sets of certificates overlap
};

}  // namespace hapair::tls
