#include "apps/hapair/logging/journal_fields.hpp"

#include "common/base/bytes.hpp"
#include "common/base/siphash.hpp"
#include "common/base/text.hpp"

namespace hapair::logging {
namespace {

// "hapair message, a" and "hapair message, b": never to change, for ids stand in people's filters.
constexpr base::SipKey kFirstKey{.low = 0x6d20726961706168, .high = 0x612c656761737365};
constexpr base::SipKey kSecondKey{.low = 0x6d20726961706168, .high = 0x622c656761737365};

void append_hex(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    base::append_hex(out, static_cast<std::uint8_t>(number >> shift));
  }
}

}  // namespace

void append_journal_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  if (value.find('\n') == std::string_view::npos) {
    out += '=';
  } else {
    out += '\n';
    for (int shift = 0; shift < 64; shift += 8) {
      out += static_cast<char>(std::uint64_t{value.size()} >> shift & 0xff);
    }
  }
  out += value;
  out += '\n';
}

void append_journal_field(std::string& out, std::string_view name, std::uint64_t value) {
  append_journal_field(out, name, std::string_view(base::concat(value)));
}

std::string journal_message_id(std::string_view id) {
  constexpr std::uint64_t kVersion = 0x4000;
  constexpr std::uint64_t kVersionMask = 0xf000;
  constexpr std::uint64_t kVariant = 0x8000'0000'0000'0000;
  constexpr std::uint64_t kVariantMask = 0xc000'0000'0000'0000;
  std::string out;
  append_hex(out, (base::siphash(kFirstKey, base::as_bytes(id)) & ~kVersionMask) | kVersion);
  append_hex(out, (base::siphash(kSecondKey, base::as_bytes(id)) & ~kVariantMask) | kVariant);
  return out;
}

}  // namespace hapair::logging
