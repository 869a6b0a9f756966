// What the rules for texts are made of; see rules.hpp.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/result.hpp"
#include "common/base/text.hpp"

namespace hapair::config::rules {

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_alnum(char c) {
  const char lower = base::ascii_lower(c);
  return is_digit(c) || (lower >= 'a' && lower <= 'z');
}
/// Of ASCII, and neither a blank nor a control character.
[[nodiscard]] constexpr bool is_visible(char c) { return c > ' ' && c <= '~'; }

/// A text of the file's as messages show it.
[[nodiscard]] inline std::string quoted(std::string_view text) {
  return base::concat("'", base::printable(text, 64), "'");
}

/// The check of texts of which nothing is asked.
[[nodiscard]] inline base::Result<void> check_any(std::string_view /*text*/) { return {}; }

/// The check of texts that Parse takes, which says itself what is wrong with the others.
template <auto Parse>
[[nodiscard]] base::Result<void> check_by(std::string_view text) {
  if (auto parsed = Parse(text); !parsed) return std::unexpected(std::move(parsed.error()));
  return {};
}

}  // namespace hapair::config::rules
