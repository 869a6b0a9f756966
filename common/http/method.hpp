// Methods, versions and status codes (RFC 9110, sections 9, 2.5 and 15).
#pragma once

#include <cstdint>
#include <string_view>

namespace hapair::http {

enum class Method : std::uint8_t {
  kGet,
  kHead,
  kPost,
  kPut,
  kDelete,
  kConnect,
  kOptions,
  kTrace,
  kPatch,
  kOther,  ///< any other token; its text is kept in the head
};

/// Case matters (RFC 9110, section 9.1): "get" is kOther.
[[nodiscard]] Method parse_method(std::string_view text);

/// The method's name; empty for kOther.
[[nodiscard]] std::string_view to_text(Method method);

/// Safe to send again when nothing came back (RFC 9110, section 9.2.2); kOther is not.
[[nodiscard]] bool is_idempotent(Method method);

enum class Version : std::uint8_t { kHttp10, kHttp11, kHttp2 };

[[nodiscard]] std::string_view to_text(Version version);

/// The standard's phrase for a status code; "Unknown" for a code without one.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace hapair::http
