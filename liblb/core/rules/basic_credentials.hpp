// A name and a password in an Authorization field (RFC 7617). Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hapair::lb::rules {

struct BasicCredentials {
  /// More is nobody's: the time that a hash takes grows with it.
  static constexpr std::size_t kMaxBytes = 512;

  std::string user{};  ///< without a colon
  std::string password{};
};

/// Of the value of such a field; nullopt where it is of another scheme, or is none. Neither name
/// nor password has control characters.
[[nodiscard]] std::optional<BasicCredentials> parse_basic_credentials(std::string_view value);

}  // namespace hapair::lb::rules
