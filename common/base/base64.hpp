// Base64 (RFC 4648): the usual one with padding, and the one for URLs and file names without.
#pragma once

#include <string>
#include <string_view>

#include "common/base/bytes.hpp"

namespace hapair::base {

/// Section 4.
[[nodiscard]] std::string to_base64(Bytes bytes);

/// Section 5, without padding.
[[nodiscard]] std::string to_base64url(Bytes bytes);

/// What the latter is made of.
inline constexpr std::string_view kBase64UrlDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace hapair::base
