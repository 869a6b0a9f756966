// Whose signature counts for a context, and what is revoked.
#pragma once

#include <string_view>

#include "common/base/result.hpp"
#include "common/tls/handles.hpp"

namespace hapair::tls {

/// PEM certificates, at least one. One that is listed counts whether or not it signs itself.
[[nodiscard]] base::Result<void> trust(SSL_CTX& context, std::string_view certificates);

/// PEM lists, at least one, each of a signer whose certificates are then looked up in it. After
/// trust().
[[nodiscard]] base::Result<void> revoke(SSL_CTX& context, std::string_view lists);

/// Whether trust() or revoke() would take them.
[[nodiscard]] base::Result<void> check_trusted(std::string_view certificates);
[[nodiscard]] base::Result<void> check_revoked(std::string_view lists);

}  // namespace hapair::tls
