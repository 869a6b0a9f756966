// Character classes of RFC 9110 section 5.6 and RFC 3986 as one table, and a search for the control
// characters that no part of a message head may hold, many bytes at a time.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace hapair::http {

/// Bits of kCharClass.
enum CharClass : std::uint8_t {
  kToken = 1,      ///< tchar (RFC 9110, section 5.6.2)
  kPathChar = 2,   ///< may stand in a path: visible ASCII without " # < > \ and ?
  kQueryChar = 4,  ///< may stand in a query: visible ASCII without " # < >
  kHostChar = 8,  ///< may stand in a host name: reg-name of RFC 3986 without comma and percent sign
  kDigit = 16,
  kHexDigit = 32,
  kQuotedChar = 64,  ///< qdtext (RFC 9110, section 5.6.4)
};

namespace detail {

consteval std::array<std::uint8_t, 256> make_char_classes() {
  constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
  constexpr std::string_view kHostMarks = "-._~!$&'()*+;=";
  std::array<std::uint8_t, 256> table{};
  for (unsigned code = 0; code < 256; ++code) {
    const char c = static_cast<char>(code);
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool hex = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    const bool visible = code > 0x20 && code < 0x7f;
    unsigned bits = 0;
    if (digit || letter || kTokenMarks.find(c) != std::string_view::npos) bits |= kToken;
    if (digit || letter || kHostMarks.find(c) != std::string_view::npos) bits |= kHostChar;
    if (visible && c != '"' && c != '#' && c != '<' && c != '>') {
      bits |= kQueryChar;
      if (c != '\\' && c != '?') bits |= kPathChar;
    }
    if (digit) bits |= kDigit;
    if (hex) bits |= kHexDigit;
    if (c == '\t' || (code >= 0x20 && code != 0x7f && c != '"' && c != '\\')) bits |= kQuotedChar;
    table[code] = static_cast<std::uint8_t>(bits);
  }
  return table;
}

}  // namespace detail

inline constexpr std::array<std::uint8_t, 256> kCharClass = detail::make_char_classes();

[[nodiscard]] constexpr bool is(CharClass wanted, char c) {
  return (kCharClass[static_cast<unsigned char>(c)] & wanted) != 0;
}

/// Length of the longest prefix whose characters are all of the class.
[[nodiscard]] constexpr std::size_t span_of(CharClass wanted, std::string_view text) {
  const auto class_of = [text](std::size_t at) {
    return kCharClass[static_cast<unsigned char>(text[at])];
  };
  std::size_t at = 0;
  while (at + 4 <= text.size() &&
         (class_of(at) & class_of(at + 1) & class_of(at + 2) & class_of(at + 3) & wanted) != 0) {
    at += 4;
  }
  while (at < text.size() && is(wanted, text[at])) ++at;
  return at;
}

/// True for a text of one or more characters that are all of the class.
[[nodiscard]] constexpr bool all_of(CharClass wanted, std::string_view text) {
  return !text.empty() && span_of(wanted, text) == text.size();
}

/// What a hexadecimal digit stands for.
[[nodiscard]] constexpr unsigned hex_value(char digit) {
  return static_cast<unsigned>(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

[[nodiscard]] constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Without optional white space (RFC 9110, section 5.6.3) at both ends.
[[nodiscard]] constexpr std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// True for the characters no line of a head may hold: CTL except HTAB (RFC 9110, section 5.5).
[[nodiscard]] constexpr bool is_forbidden_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return (code < 0x20 && c != '\t') || code == 0x7f;
}

namespace detail {

#ifdef __SSE2__
/// A bit for each of the sixteen characters that is a forbidden control.
[[nodiscard]] inline unsigned find_controls_16(const char* text) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  const __m128i last_control = _mm_set1_epi8(0x1f);
  const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
  const __m128i allowed = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
  const __m128i deleted = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
  const __m128i forbidden = _mm_or_si128(_mm_andnot_si128(allowed, low), deleted);
  return static_cast<unsigned>(_mm_movemask_epi8(forbidden));
}
#else
/// Eight characters of a head, of which the ones that may be forbidden controls are marked: bit 7
/// of their byte is set. The first mark is exact but for HTAB; those behind it may be false.
[[nodiscard]] constexpr std::uint64_t mark_controls(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
  const std::uint64_t below_space = (word - kOnes * 0x20) & ~word;
  const std::uint64_t no_delete = word ^ (kOnes * 0x7f);
  return (below_space | ((no_delete - kOnes) & ~no_delete)) & kHighs;
}
#endif

}  // namespace detail

/// Where the first forbidden control character stands; text.size() when there is none.
[[nodiscard]] inline std::size_t find_forbidden_control(std::string_view text) {
  std::size_t at = 0;
#ifdef __SSE2__
  for (; at + 16 <= text.size(); at += 16) {
    const unsigned found = detail::find_controls_16(text.data() + at);
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found));
  }
#else
  while (at + sizeof(std::uint64_t) <= text.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t marks = detail::mark_controls(word);
    if (marks == 0) {
      at += sizeof word;
      continue;
    }
    if constexpr (std::endian::native == std::endian::little) {
      at += static_cast<std::size_t>(std::countr_zero(marks)) / 8;
    }
    if (is_forbidden_control(text[at])) return at;
    ++at;
  }
#endif
  while (at < text.size() && !is_forbidden_control(text[at])) ++at;
  return at;
}

}  // namespace hapair::http
