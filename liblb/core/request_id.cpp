#include "liblb/core/request_id.hpp"

#include <algorithm>
#include <cstddef>

#include "common/base/text.hpp"

namespace hapair::lb {
namespace {

constexpr std::size_t kMaxLength = 128;

constexpr bool is_id_char(char c) {
  const char lower = base::ascii_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~:/+=@").find(c) != std::string_view::npos;
}

}  // namespace

std::string make_request_id(std::uint64_t high, std::uint64_t low) {
  constexpr std::uint64_t kVersion = 0x4000;
  constexpr std::uint64_t kVariant = 0x8000'0000'0000'0000;
  high = (high & ~0xf000ULL) | kVersion;
  low = (low & 0x3fff'ffff'ffff'ffff) | kVariant;
  std::string out;
  out.reserve(36);
  for (unsigned i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    const std::uint64_t half = i < 8 ? high : low;
    base::append_hex(out, static_cast<std::uint8_t>(half >> (56 - 8 * (i % 8))));
  }
  return out;
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLength && std::ranges::all_of(text, is_id_char);
}

}  // namespace hapair::lb
