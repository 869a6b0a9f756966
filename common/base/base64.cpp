#include "common/base/base64.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

std::string to_base64url(Bytes bytes) {
  std::string text = encode(bytes, kBase64UrlDigits);
  text.resize(std::min(text.find('='), text.size()));
  return text;
}

}  // namespace hapair::base
