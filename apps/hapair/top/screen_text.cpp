#include "apps/hapair/top/screen_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/base/text.hpp"

namespace hapair::top {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// What a terminal obeys, and what hides text or changes its direction.
constexpr std::array<Range, 10> kUnsafe{{{0x00, 0x1f},
                                         {0x7f, 0x9f},
                                         {0xad, 0xad},
                                         {0x200b, 0x200f},
                                         {0x2028, 0x202e},
                                         {0x2060, 0x2069},
                                         {0xfeff, 0xfeff},
                                         {0xfff9, 0xfffb},
                                         {0xe0000, 0xe007f},
                                         {0x110000, 0xffffffff}}};
constexpr std::array<Range, 9> kCombining{{{0x300, 0x36f},
                                           {0x483, 0x489},
                                           {0x591, 0x5bd},
                                           {0x610, 0x61a},
                                           {0x64b, 0x65f},
                                           {0x20d0, 0x20ff},
                                           {0xfe00, 0xfe0f},
                                           {0xfe20, 0xfe2f},
                                           {0xe0100, 0xe01ef}}};
constexpr std::array<Range, 11> kWide{{{0x1100, 0x115f},
                                       {0x2e80, 0x303e},
                                       {0x3041, 0x33ff},
                                       {0x3400, 0x4dbf},
                                       {0x4e00, 0xa4cf},
                                       {0xac00, 0xd7a3},
                                       {0xf900, 0xfaff},
                                       {0xfe30, 0xfe6f},
                                       {0xff00, 0xff60},
                                       {0x1f300, 0x1f9ff},
                                       {0x20000, 0x3fffd}}};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, char32_t c) {
  return std::ranges::any_of(
      ranges, [c](const Range& range) { return c >= range.first && c <= range.last; });
}

struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

/// The first one of a text that is not empty.
Character decode(std::string_view text) {
  const std::size_t length = base::utf8_length(text);
  if (length == 0) return {};
  const auto byte = [text](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
  char32_t code = length == 1 ? byte(0) : byte(0) & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) code = code << 6 | (byte(i) & 0x3fU);
  return {.code = code, .bytes = length, .valid = true};
}

std::size_t width_of(char32_t code) {
  if (is_in(kCombining, code)) return 0;
  return is_in(kWide, code) ? 2 : 1;
}

/// The longest beginning that takes at most so many columns.
std::string_view beginning(std::string_view safe, std::size_t width) {
  std::size_t bytes = 0;
  std::size_t columns = 0;
  while (bytes < safe.size()) {
    const Character next = decode(safe.substr(bytes));
    columns += width_of(next.code);
    if (columns > width) break;
    bytes += next.bytes;
  }
  return safe.substr(0, bytes);
}

}  // namespace

std::string screen_safe(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character next = decode(text);
    if (next.valid && !is_in(kUnsafe, next.code)) {
      out += text.substr(0, next.bytes);
    } else {
      out += '?';
    }
    text.remove_prefix(next.bytes);
  }
  return out;
}

std::size_t width_of(std::string_view safe) {
  std::size_t columns = 0;
  while (!safe.empty()) {
    const Character next = decode(safe);
    columns += width_of(next.code);
    safe.remove_prefix(next.bytes);
  }
  return columns;
}

std::string cut(std::string_view safe, std::size_t width) {
  if (width_of(safe) <= width) return std::string(safe);
  if (width == 0) return {};
  return std::string(beginning(safe, width - 1)) + "~";
}

std::string fit(std::string_view safe, std::size_t width, bool right) {
  std::string out = cut(safe, width);
  const std::string blanks(width - width_of(out), ' ');
  return right ? blanks + out : out + blanks;
}

}  // namespace hapair::top
