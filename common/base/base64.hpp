// Base64 (RFC 4648): the usual one with padding, and the one for URLs and file names without.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"

namespace hapair::base {

/// Section 4.
[[nodiscard]] std::string to_base64(Bytes bytes);

/// What such a text stands for; nullopt where it is none: other characters, no padding, or bits
/// that stand for nothing and are not zero.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

/// Section 5, without padding.
[[nodiscard]] std::string to_base64url(Bytes bytes);

/// What the latter is made of.
inline constexpr std::string_view kBase64UrlDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace hapair::base
