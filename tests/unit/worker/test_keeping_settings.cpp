// How clients are kept on their servers, and how often they may, from the model to the balancer.
#include <doctest/doctest.h>

#include "apps/hapair/worker/keeping_settings.hpp"

using namespace hapair;
using namespace hapair::worker;
using namespace std::chrono_literals;

TEST_CASE("a backend's cookie, table and limit reach the balancer") {
  config::Model model;
  model.cookie_key = std::string(32, 'k');
  config::Backend backend;
  backend.cookie = {.name = "SRV",
                    .mode = config::CookieMode::kRewrite,
                    .indirect = false,
                    .no_cache = false,
                    .http_only = false,
                    .secure = config::SecureCookie::kNever,
                    .same_site = config::SameSite::kStrict,
                    .domain = "a.example",
                    .path = "/x",
                    .max_idle = 5min,
                    .max_life = 1h,
                    .is_signed = false};
  backend.stick = {.on = {.key = config::ClientKey::kHeader, .name = "X", .ipv6_prefix = 48},
                   .size = 7,
                   .expire = 9s};
  backend.rate_limit = config::RateLimit{.of = config::RateOf::kBytesOut,
                                         .limit = 5,
                                         .per = 3s,
                                         .by = {.ipv6_prefix = 32},
                                         .size = 11};
  lb::BackendSettings settings;
  set_keeping(model, backend, settings);
  const lb::CookieSettings& cookie = settings.cookie.value();
  CHECK(cookie.name == "SRV");
  CHECK(cookie.mode == lb::CookieMode::kRewrite);
  CHECK_FALSE(cookie.indirect);
  CHECK_FALSE(cookie.no_cache);
  CHECK_FALSE(cookie.http_only);
  CHECK(cookie.secure == lb::SecureCookie::kNever);
  CHECK(cookie.same_site == "Strict");
  CHECK(cookie.domain == "a.example");
  CHECK(cookie.path == "/x");
  CHECK(cookie.terms.max_idle == 5min);
  CHECK(cookie.terms.max_life == 1h);
  CHECK_FALSE(cookie.terms.is_signed);
  CHECK(settings.cookie_key == model.cookie_key);
  CHECK(settings.stick->on.source == lb::KeySource::kHeader);
  CHECK(settings.stick->on.name == "X");
  CHECK(settings.stick->on.ipv6_prefix == 48);
  CHECK(settings.stick->size == 7);
  CHECK(settings.stick->expire == 9s);
  CHECK(settings.rate_limit == lb::RateLimitSettings{.of = lb::RateOf::kBytesOut,
                                                     .limit = 5,
                                                     .per = 3s,
                                                     .by = {.ipv6_prefix = 32},
                                                     .size = 11});
}

TEST_CASE("what a backend does not say it does not have") {
  lb::BackendSettings settings;
  set_keeping({}, {}, settings);
  CHECK_FALSE(settings.cookie);
  CHECK_FALSE(settings.stick);
  CHECK_FALSE(settings.rate_limit);
}
