// How clients are kept on a server; see persistence.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/time.hpp"
#include "liblb/core/client_key.hpp"
#include "liblb/core/cookie_codec.hpp"

namespace hapair::lb {

/// What is done with the cookie, named as in HAProxy.
enum class CookieMode : std::uint8_t {
  kInsert,   ///< it is ours alone
  kPrefix,   ///< it is the server's, with "SERVER~" before its value on the client's side
  kRewrite,  ///< the server sets it, and its value is replaced
};

enum class SecureCookie : std::uint8_t {
  kAuto,  ///< for clients under TLS
  kAlways,
  kNever,
};

struct CookieSettings {
  std::string name{};  ///< a token
  CookieMode mode = CookieMode::kInsert;
  bool indirect = false;  ///< kInsert: servers don't see it
  bool no_cache = false;  ///< answers that set it are for their client alone
  bool http_only = false;
  SecureCookie secure = SecureCookie::kAuto;
  std::string same_site{};  ///< "Lax"; empty: nothing is said
  std::string domain{};     ///< empty: nothing is said
  std::string path = "/";   ///< empty: nothing is said
  CookieTerms terms{};
};

struct StickSettings {
  ClientKeySettings on{};
  std::size_t size = 100'000;  ///< clients that are known at once
  base::Duration expire = std::chrono::minutes(30);

  bool operator==(const StickSettings&) const = default;
};

}  // namespace hapair::lb
