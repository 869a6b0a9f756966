#include "liblb/core/cookie_codec.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"

namespace hapair::lb {
namespace {

constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kIdBytes = 9;
/// Of a time, as many as 64 bits have.
constexpr std::size_t kMaxDigits = 16;
constexpr std::int64_t kDay = 24 * 60 * 60;
constexpr char kSeparator = '.';

std::string to_hex(std::int64_t number) {
  char digits[kMaxDigits];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number, 16);
  return {digits, end};
}

/// A whole number of that many digits at most, as to_hex() writes it.
std::optional<std::int64_t> parse_hex(std::string_view text) {
  std::int64_t number = 0;
  if (text.empty() || text.size() > kMaxDigits || text.front() == '-') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Takes the part behind the last separator off `text`; nullopt: there is none.
std::optional<std::string_view> take_last(std::string_view& text) {
  const std::size_t at = text.rfind(kSeparator);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(at + 1);
  text = text.substr(0, at);
  return part;
}

}  // namespace

CookieCodec::CookieCodec(const CookieTerms& terms, std::string_view purpose, const Mac& mac)
    : terms_(terms), purpose_(purpose), mac_(mac) {}

std::string CookieCodec::tag_of(std::string_view signed_part) const {
  std::string message = base::concat("cookie", '\0', purpose_, '\0', signed_part);
  const Mac::Tag tag = mac_.of(base::as_bytes(message));
  return base::to_base64url(std::span(tag).first(kTagBytes));
}

std::string CookieCodec::id_of(std::string_view server) const {
  const std::string message = base::concat("server", '\0', purpose_, '\0', server);
  const Mac::Tag tag = mac_.of(base::as_bytes(message));
  return base::to_base64url(std::span(tag).first(kIdBytes));
}

bool CookieCodec::valid_server(std::string_view text) {
  return !text.empty() && text.size() <= kMaxServer &&
         text.find_first_not_of(base::kBase64UrlDigits) == std::string_view::npos;
}

std::string CookieCodec::encode(const Value& value) const {
  std::string text(value.server);
  if (terms_.dated()) {
    text += base::concat(kSeparator, to_hex(value.first), kSeparator, to_hex(value.last));
  }
  if (terms_.is_signed) text += base::concat(kSeparator, tag_of(text));
  return text;
}

std::expected<CookieCodec::Value, CookieFault> CookieCodec::decode(std::string_view text,
                                                                   base::WallTime now) const {
  if (text.size() > kMaxValue) return std::unexpected(CookieFault::kForm);
  std::string_view rest = text;
  if (terms_.is_signed) {
    const auto tag = take_last(rest);
    if (!tag) return std::unexpected(CookieFault::kForm);
    if (!base::same_secret(*tag, tag_of(rest))) return std::unexpected(CookieFault::kTag);
  }
  Value value;
  if (terms_.dated()) {
    const auto last_text = take_last(rest);
    const auto first_text = take_last(rest);
    const auto last = last_text ? parse_hex(*last_text) : std::nullopt;
    const auto first = first_text ? parse_hex(*first_text) : std::nullopt;
    if (!last || !first) return std::unexpected(CookieFault::kForm);
    value.first = *first;
    value.last = *last;
  }
  value.server = rest;
  if (!valid_server(rest)) return std::unexpected(CookieFault::kForm);
  if (!terms_.dated()) return value;
  const std::int64_t today = base::to_seconds(now.time_since_epoch());
  if (value.first > today + kDay || value.last > today + kDay) {
    return std::unexpected(CookieFault::kOld);
  }
  value.first = std::min(value.first, today);
  value.last = std::min(value.last, today);
  if (terms_.max_life > base::Duration(0) &&
      today - value.first > base::to_seconds(terms_.max_life)) {
    return std::unexpected(CookieFault::kOld);
  }
  if (terms_.max_idle > base::Duration(0) &&
      today - value.last > base::to_seconds(terms_.max_idle)) {
    return std::unexpected(CookieFault::kIdle);
  }
  return value;
}

}  // namespace hapair::lb
