#include "liblb/core/client_key.hpp"

#include <algorithm>
#include <cstddef>

#include "common/base/text.hpp"
#include "common/http/cookies.hpp"

namespace hapair::lb {
namespace {

/// ::ffff:0:0/96
constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const TableKey& key) {
  return std::ranges::equal(std::span(key.bytes).first<12>(), kMapped);
}

/// A hash in hexadecimal digits; nullopt: it is none.
std::optional<TableKey> hash_in(std::string_view text) {
  TableKey key;
  if (text.size() != 2 * key.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const std::size_t digit = kDigits.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    key.bytes[i / 2] = static_cast<std::uint8_t>(key.bytes[i / 2] * 16U + digit);
  }
  return key;
}

}  // namespace

TableKey key_of(const base::IpAddress& address, std::uint8_t ipv6_prefix) {
  TableKey key;
  const base::Bytes bytes = address.bytes();
  if (address.is_v4()) std::ranges::copy(kMapped, key.bytes.begin());
  std::ranges::copy(bytes, key.bytes.end() - static_cast<std::ptrdiff_t>(bytes.size()));
  if (is_mapped(key)) return key;
  for (std::size_t i = 0; i < key.bytes.size(); ++i) {
    const std::size_t kept =
        std::min<std::size_t>(8, ipv6_prefix - std::min<std::size_t>(ipv6_prefix, 8 * i));
    key.bytes[i] &= static_cast<std::uint8_t>(0xff00U >> kept);
  }
  return key;
}

TableKey key_of(std::string_view text, const base::SipKey& hash) {
  TableKey key;
  const base::Bytes bytes = base::as_bytes(text);
  const std::uint64_t halves[2]{base::siphash(hash, bytes),
                                base::siphash({.low = hash.high, .high = ~hash.low}, bytes)};
  for (std::size_t i = 0; i < key.bytes.size(); ++i) {
    key.bytes[i] = static_cast<std::uint8_t>(halves[i / 8] >> (56 - 8 * (i % 8)));
  }
  return key;
}

std::optional<TableKey> key_of(const http::RequestHead& request, const ClientKeySettings& settings,
                               const base::SipKey& hash) {
  std::optional<std::string_view> text;
  if (settings.source == KeySource::kCookie) {
    text = http::find_cookie(request.fields, settings.name);
  } else if (const http::Field* field = request.fields.find(settings.name)) {
    text = field->value;
  }
  if (!text || text->empty()) return std::nullopt;
  return key_of(*text, hash);
}

std::string to_text(const TableKey& key, KeySource source) {
  if (source == KeySource::kAddress) {
    const auto bytes = std::span(key.bytes);
    return base::IpAddress::from_bytes(is_mapped(key) ? bytes.last(4) : bytes).value().to_string();
  }
  std::string text;
  for (const std::uint8_t byte : key.bytes) base::append_hex(text, byte);
  return text;
}

std::optional<TableKey> parse_key(std::string_view text, const ClientKeySettings& settings,
                                  const base::SipKey& hash) {
  if (text.empty()) return std::nullopt;
  if (settings.source == KeySource::kAddress) {
    const auto address = base::IpAddress::parse(text);
    return address ? std::optional(key_of(*address, settings.ipv6_prefix)) : std::nullopt;
  }
  if (const auto key = hash_in(text)) return key;
  if (settings.source == KeySource::kServerName) return key_of(base::ascii_lowered(text), hash);
  return key_of(text, hash);
}

}  // namespace hapair::lb
