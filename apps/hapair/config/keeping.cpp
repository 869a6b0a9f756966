#include "apps/hapair/config/keeping.hpp"

#include "apps/hapair/config/rules_keeping.hpp"

namespace hapair::config {
namespace {

ClientKeySource key_source(const std::string& text, std::uint8_t ipv6_prefix) {
  ClientKeySource source = rules::parse_client_key(text);
  source.ipv6_prefix = ipv6_prefix;
  return source;
}

}  // namespace

std::optional<Cookie> build_cookie(const std::optional<Cookie>& from, bool has_secret) {
  if (!from) return std::nullopt;
  Cookie cookie = *from;
  cookie.is_signed = cookie.is_signed && has_secret;
  return cookie;
}

std::optional<Stick> build_stick(const std::optional<StickDraft>& from) {
  if (!from) return std::nullopt;
  Stick stick = from->stick;
  stick.on = key_source(from->on, stick.on.ipv6_prefix);
  return stick;
}

std::optional<RateLimit> build_rate_limit(const std::optional<RateLimitDraft>& from) {
  if (!from) return std::nullopt;
  RateLimit limit = from->limit;
  const auto takes = [&limit](RateOf of, std::uint64_t value) {
    if (value == 0) return;
    limit.of = of;
    limit.limit = static_cast<std::uint32_t>(value);
  };
  takes(RateOf::kRequests, from->requests.value_or(0));
  takes(RateOf::kConnections, from->connections.value_or(0));
  takes(RateOf::kErrors, from->errors.value_or(0));
  takes(RateOf::kBytesIn, from->bytes_in);
  takes(RateOf::kBytesOut, from->bytes_out);
  limit.by = key_source(from->by, limit.by.ipv6_prefix);
  return limit;
}

}  // namespace hapair::config
