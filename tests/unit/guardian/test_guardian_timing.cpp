#include <doctest/doctest.h>

#include <chrono>

#include "apps/hapair/guardian/guardian_timing.hpp"
#include "apps/hapair/guardian/shared_page.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;

constexpr base::Instant kTimingStart = base::from_ns(1'000'000'000'000);

TEST_CASE("lateness is told with the first advert, then once a second while there is news") {
  AdvertTimes times;
  CHECK_FALSE(times.news(kTimingStart).has_value());
  times.sent(1ms);
  REQUIRE(times.news(kTimingStart).has_value());
  times.sent(2ms);
  CHECK_FALSE(times.news(kTimingStart + 999ms).has_value());
  const auto second = times.news(kTimingStart + 1s);
  REQUIRE(second.has_value());
  CHECK(second->adverts == 2);
  CHECK(second->max == 2ms);
  CHECK_FALSE(times.news(kTimingStart + 2s).has_value());
}

TEST_CASE("one late advert of a thousand shows in the maximum and not in the median") {
  AdvertTimes times;
  for (int i = 0; i < 998; ++i) times.sent(10us);
  times.sent(3ms);
  times.sent(40ms);
  const auto news = times.news(kTimingStart);
  REQUIRE(news.has_value());
  CHECK(news->p50 >= 10us);
  CHECK(news->p50 < 12us);
  CHECK(news->p99 < 12us);
  CHECK(news->p999 >= 3ms);
  CHECK(news->p999 < 4ms);
  CHECK(news->max == 40ms);
}

TEST_CASE("what the guardian publishes is read from the page as it was written") {
  SharedPage page = SharedPage::create().value();
  CHECK(page.exact_times() == ExactTimes{});
  CHECK(page.advert_lateness() == AdvertLateness{});
  page.set_exact_times({.real_time = true, .memory_locked = false});
  CHECK(page.exact_times() == ExactTimes{.real_time = true, .memory_locked = false});
  page.set_exact_times({.real_time = false, .memory_locked = true});
  CHECK(page.exact_times() == ExactTimes{.real_time = false, .memory_locked = true});
  const AdvertLateness lateness{.p50 = 1us, .p99 = 2us, .p999 = 3us, .max = 4us, .adverts = 5};
  page.set_advert_lateness(lateness);
  CHECK(page.advert_lateness() == lateness);
}

}  // namespace
}  // namespace hapair::guardian
