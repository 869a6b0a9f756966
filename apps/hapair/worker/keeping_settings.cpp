#include "apps/hapair/worker/keeping_settings.hpp"

#include "common/base/text.hpp"

namespace hapair::worker {
namespace {

lb::CookieMode mode_of(config::CookieMode mode) {
  switch (mode) {
    case config::CookieMode::kInsert:
      return lb::CookieMode::kInsert;
    case config::CookieMode::kPrefix:
      return lb::CookieMode::kPrefix;
    case config::CookieMode::kRewrite:
      return lb::CookieMode::kRewrite;
  }
  return lb::CookieMode::kInsert;
}

lb::SecureCookie secure_of(config::SecureCookie secure) {
  switch (secure) {
    case config::SecureCookie::kAuto:
      return lb::SecureCookie::kAuto;
    case config::SecureCookie::kAlways:
      return lb::SecureCookie::kAlways;
    case config::SecureCookie::kNever:
      return lb::SecureCookie::kNever;
  }
  return lb::SecureCookie::kAuto;
}

std::string_view text_of(config::SameSite same_site) {
  switch (same_site) {
    case config::SameSite::kUnsaid:
      return "";
    case config::SameSite::kLax:
      return "Lax";
    case config::SameSite::kStrict:
      return "Strict";
    case config::SameSite::kNone:
      return "None";
  }
  return "";
}

lb::KeySource source_of(config::ClientKey key) {
  switch (key) {
    case config::ClientKey::kSource:
      return lb::KeySource::kAddress;
    case config::ClientKey::kHeader:
      return lb::KeySource::kHeader;
    case config::ClientKey::kCookie:
      return lb::KeySource::kCookie;
    case config::ClientKey::kSni:
      return lb::KeySource::kServerName;
  }
  return lb::KeySource::kAddress;
}

lb::ClientKeySettings key_of(const config::ClientKeySource& source) {
  return {.source = source_of(source.key), .name = source.name, .ipv6_prefix = source.ipv6_prefix};
}

lb::CookieSettings cookie_of(const config::Cookie& cookie) {
  return {
      .name = cookie.name,
      .mode = mode_of(cookie.mode),
      .indirect = cookie.indirect,
      .no_cache = cookie.no_cache,
      .http_only = cookie.http_only,
      .secure = secure_of(cookie.secure),
      .same_site = std::string(text_of(cookie.same_site)),
      .domain = cookie.domain,
      .path = cookie.path,
      .terms = {
          .is_signed = cookie.is_signed, .max_idle = cookie.max_idle, .max_life = cookie.max_life}};
}

}  // namespace

std::vector<lb::RateLimitSettings> rate_limits_of(const std::vector<config::RateLimit>& limits) {
  std::vector<lb::RateLimitSettings> settings;
  for (const config::RateLimit& limit : limits) {
    settings.push_back({.of = limit.of,
                        .limit = limit.limit,
                        .per = limit.per,
                        .by = key_of(limit.by),
                        .size = limit.size});
  }
  return settings;
}

lb::ClientTableSettings table_settings(const config::Table& table) {
  lb::ClientTableSettings settings{
      .name = table.name, .by = key_of(table.by), .size = table.size, .active = table.active};
  for (const config::Table::Counter& each : table.counters) {
    settings.counters.push_back({.of = each.of, .per = each.per});
  }
  return settings;
}

void set_keeping(const config::Model& model, const config::Backend& backend,
                 lb::BackendSettings& settings) {
  if (backend.cookie) {
    settings.cookie = cookie_of(*backend.cookie);
    // Without a secret cookies aren't signed; names of servers are hidden from a glance all the
    // same.
    settings.cookie_key = model.cookie_key;
    if (model.cookie_key.empty()) {
      settings.cookie_key = base::concat("hapair cookies ", model.cluster.name);
    }
  }
  if (backend.stick) {
    settings.stick = {.on = key_of(backend.stick->on),
                      .size = backend.stick->size,
                      .expire = backend.stick->expire};
  }
  settings.rate_limits = rate_limits_of(backend.rate_limits);
}

}  // namespace hapair::worker
