#include "apps/hapair/web/json_text.hpp"

#include <array>
#include <cstddef>

#include "common/base/text.hpp"

namespace hapair::web {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// Bytes of the character of UTF-8 in front; 0: there is none.
std::size_t length_of_character(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xc0U) != 0x80U) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond Unicode.
  constexpr std::array<std::array<unsigned char, 3>, 4> kBounds{
      {{0xe0, 0xa0, 0xbf}, {0xed, 0x80, 0x9f}, {0xf0, 0x90, 0xbf}, {0xf4, 0x80, 0x8f}}};
  for (const auto& [which, least, most] : kBounds) {
    if (lead == which && (byte(1) < least || byte(1) > most)) return 0;
  }
  return length;
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\' && c != '<' && c != '\x7f';
}

}  // namespace

void append_json(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = length_of_character(text);
    if (length == 0) {
      out += kReplacement;
    } else if (length > 1 || is_plain(text.front())) {
      out += text.substr(0, length);
    } else {
      out += "\\u00";
      base::append_hex(out, static_cast<std::uint8_t>(text.front()));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void append_raw_member(std::string& out, std::string_view key, std::string_view value) {
  if (!out.empty() && out.back() != '{') out += ',';
  append_json(out, key);
  out += ':';
  out += value;
}

void append_member(std::string& out, std::string_view key, std::string_view text) {
  append_raw_member(out, key, "");
  append_json(out, text);
}

}  // namespace hapair::web
