// Small text tools that the standard library of GCC 12 lacks (it has no <format>).
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hapair::base {

inline void append(std::string& out, std::string_view text) { out += text; }
inline void append(std::string& out, char character) { out += character; }

template <std::integral T>
  requires(!std::same_as<T, char> && !std::same_as<T, bool>)
void append(std::string& out, T number) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

/// Appends the decimal number with exactly `places` digits behind the point (0 to 9).
void append_fixed(std::string& out, double number, int places);

/// The parts (text, characters, whole numbers) written one after the other.
template <class... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
  std::string out;
  (append(out, parts), ...);
  return out;
}

/// A whole decimal number and nothing else: no sign, no blank; nullopt also on overflow.
[[nodiscard]] std::optional<std::uint64_t> parse_unsigned(std::string_view text);

[[nodiscard]] constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
/// With its ASCII letters in lower case.
[[nodiscard]] std::string ascii_lowered(std::string_view text);

/// Two hexadecimal digits in lower case.
void append_hex(std::string& out, std::uint8_t byte);

/// As a string of JSON with its quotes, for text of unknown encoding: a byte that is no printable
/// ASCII as the Latin-1 character that it would be.
void append_json_text(std::string& out, std::string_view text);

/// Equal but for the case of ASCII letters.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);

/// Equal, in a time that tells of nothing but their lengths.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

/// Bytes of the character of well-formed UTF-8 in front of a text that is not empty; 0: there is
/// none.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

/// Without blanks and tabs at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

/// Takes the part before the first separator off `rest`, and the separator with it; all of `rest`
/// where there is none.
[[nodiscard]] std::string_view take_part(std::string_view& rest, char separator);

[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// Number of single-character edits between two words (Damerau: a swap counts as one).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that `word` was most likely meant to be; nullopt when none is near enough.
[[nodiscard]] std::optional<std::string_view> nearest_word(
    std::string_view word, const std::vector<std::string_view>& candidates);

/// Text from outside made fit for a log line or a terminal: control and non-ASCII bytes as \xHH,
/// cut to `limit` bytes of input with "..." behind.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 200);

}  // namespace hapair::base
