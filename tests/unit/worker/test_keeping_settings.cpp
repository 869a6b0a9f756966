// How clients are kept on their servers, and how often they may, from the model to the balancer.
#include <doctest/doctest.h>

#include "apps/hapair/worker/keeping_settings.hpp"
#include "apps/hapair/worker/settings.hpp"

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
  backend.rate_limits = {{.of = config::RateOf::kBytesOut,
                          .limit = 5,
                          .per = 3s,
                          .by = {.ipv6_prefix = 32},
                          .size = 11}};
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
  REQUIRE(settings.rate_limits.size() == 1);
  CHECK(settings.rate_limits[0] == lb::RateLimitSettings{.of = lb::RateOf::kBytesOut,
                                                         .limit = 5,
                                                         .per = 3s,
                                                         .by = {.ipv6_prefix = 32},
                                                         .size = 11});
}

TEST_CASE("a table counts what the file says, and a frontend counts in it") {
  const lb::ClientTableSettings table =
      table_settings({.name = "clients",
                      .by = {.key = config::ClientKey::kCookie, .name = "sid", .ipv6_prefix = 56},
                      .size = 9,
                      .counters = {{config::RateOf::kFailures, 5s}},
                      .active = true});
  CHECK(table.name == "clients");
  CHECK(table.by.source == lb::KeySource::kCookie);
  CHECK(table.by.name == "sid");
  CHECK(table.by.ipv6_prefix == 56);
  CHECK(table.size == 9);
  CHECK(table.counters == std::vector<lb::CounterSettings>{{lb::RateOf::kFailures, 5s}});
  CHECK(table.active);
  config::Frontend frontend;
  frontend.count_in = {2, 0};
  CHECK(frontend_settings(frontend).count_in == std::vector<std::size_t>{2, 0});
}

TEST_CASE("what a backend does not say it does not have") {
  lb::BackendSettings settings;
  set_keeping({}, {}, settings);
  CHECK_FALSE(settings.cookie);
  CHECK_FALSE(settings.stick);
  CHECK(settings.rate_limits.empty());
}
