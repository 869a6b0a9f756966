// The certificates of a TLS server, found by the name that the client asks for (RFC 6066, section
// 3). For one name an RSA and an ECDSA certificate can stand side by side: the client's algorithms
// choose. Immutable.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/tls/certificate.hpp"
#include "common/tls/handles.hpp"

namespace hapair::tls {

class CertificateSet {
 public:
  /// Makes a context without certificates.
  using MakeContext = std::function<base::Result<ContextHandle>()>;

  /// At least one. Where several are for one name and kind of key, the first counts.
  [[nodiscard]] static base::Result<CertificateSet> make(std::vector<Certificate> certificates,
                                                         const MakeContext& make_context);

  [[nodiscard]] const std::vector<Certificate>& certificates() const { return certificates_; }
  /// For clients that ask for no name, and for unknown names: with the first certificate.
  [[nodiscard]] SSL_CTX& fallback() const { return *contexts_.front(); }
  /// The exact name before a wildcard, which stands for one label (RFC 9525, section 6.3). Null:
  /// no certificate is for that name.
  [[nodiscard]] SSL_CTX* find(std::string_view name) const;

 private:
  /// Indices into the certificates, at most one for each kind of key.
  using Choice = std::vector<std::size_t>;

  CertificateSet() = default;
  void add_choice(Choice& choice, std::size_t certificate) const;
  [[nodiscard]] base::Result<std::size_t> context_for(const Choice& choice,
                                                      const MakeContext& make_context);

  std::vector<Certificate> certificates_;
  std::vector<ContextHandle> contexts_;  ///< one for each choice that occurs
  std::map<Choice, std::size_t> by_choice_;
  std::map<std::string, std::size_t, std::less<>> by_name_;  ///< "*.example.com" among them
};

}  // namespace hapair::tls
