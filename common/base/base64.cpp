#include "common/base/base64.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hapair::base {

namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Whole groups of four digits, of which those that stand for nothing are "=".
std::string encode(Bytes bytes, std::string_view digits) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (; !bytes.empty(); bytes = bytes.subspan(std::min<std::size_t>(3, bytes.size()))) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (i < bytes.size() ? bytes[i] : 0U);
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= bytes.size() ? digits[group >> (18 - 6 * i) & 0x3f] : '=';
    }
  }
  return text;
}

}  // namespace

std::string to_base64(Bytes bytes) { return encode(bytes, kDigits); }

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (; !text.empty(); text.remove_prefix(4)) {
    std::string_view group = text.substr(0, 4);
    while (text.size() == 4 && group.size() > 2 && group.ends_with('=')) group.remove_suffix(1);
    std::uint32_t bits = 0;
    for (const char digit : group) {
      const std::size_t value = kDigits.find(digit);
      if (value == std::string_view::npos) return std::nullopt;
      bits = bits << 6 | static_cast<std::uint32_t>(value);
    }
    const std::size_t missing = 4 - group.size();
    bits <<= 6 * missing;
    if ((bits & ((1U << (8 * missing)) - 1)) != 0) return std::nullopt;
    const std::array<char, 3> all = {static_cast<char>(bits >> 16 & 0xff),
                                     static_cast<char>(bits >> 8 & 0xff),
                                     static_cast<char>(bits & 0xff)};
    bytes.append(all.data(), all.size() - missing);
  }
  return bytes;
}

std::string to_base64url(Bytes bytes) {
  std::string text = encode(bytes, kBase64UrlDigits);
  text.resize(std::min(text.find('='), text.size()));
  return text;
}

}  // namespace hapair::base
