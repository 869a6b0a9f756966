// Rates over windows that slide, and the limits made of them, in virtual time.
#include "liblb/core/rate_window.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <vector>

#include "common/base/random.hpp"
#include "liblb/core/rate_limiter.hpp"

namespace hapair::lb::test {
namespace {

using namespace std::chrono_literals;

constexpr base::Instant kStart = base::from_ns(7'123'456'789);

double far_off(double is, double should) { return std::abs(is - should) / should; }

TEST_CASE("steady traffic is counted within one percent, at any moment") {
  for (const base::Duration window :
       {base::Duration(1s), base::Duration(10s), base::Duration(1h)}) {
    for (const std::int64_t events : {200, 1000, 12'345}) {
      CAPTURE(events);
      RateWindow rate;
      const base::Duration step = window / events;
      base::Instant now = kStart;
      double worst = 0;
      for (std::int64_t i = 0; i < 4 * events; ++i) {
        now += step;
        rate.add(now, window);
        if (i < 2 * events) continue;  // the window is full
        const base::Instant look = now + step * (i % 7) / 7;
        worst = std::max(worst, far_off(static_cast<double>(rate.count(look, window)),
                                        static_cast<double>(events)));
      }
      CHECK(worst <= 0.01);
    }
  }
}

TEST_CASE("random traffic is off by no more than what one part may hold") {
  constexpr base::Duration kWindow = 8s;
  base::Random random(3);
  RateWindow rate;
  std::deque<base::Instant> events;
  base::Instant now = kStart;
  for (int i = 0; i < 50'000; ++i) {
    // Bursts and pauses.
    now += random.below(20) == 0 ? random.below(base::Duration(2s))
                                 : random.below(base::Duration(5ms));
    rate.add(now, kWindow);
    events.push_back(now);
    while (events.front() + kWindow + 1s < now) events.pop_front();
    const auto since = [&](base::Duration span) {
      return std::ranges::count_if(events, [&](base::Instant each) { return each > now - span; });
    };
    const auto is = static_cast<std::int64_t>(rate.count(now, kWindow));
    CHECK(is >= since(kWindow - 1s));
    CHECK(is <= since(kWindow + 1s));
  }
}

TEST_CASE("nothing is left when the window has passed, nor after a long pause") {
  RateWindow rate;
  rate.add(kStart, 8s, 100);
  CHECK(rate.count(kStart, 8s) == 100);
  CHECK(rate.count(kStart + 9s, 8s) == 0);
  CHECK(rate.count(kStart + 1h, 8s) == 0);
  rate.add(kStart + 1h, 8s);
  CHECK(rate.count(kStart + 1h, 8s) == 1);
}

TEST_CASE("a part holds what fits, and no more") {
  RateWindow rate;
  rate.add(kStart, 8s, UINT32_MAX);
  rate.add(kStart, 8s, 10);
  CHECK(rate.count(kStart, 8s) == UINT32_MAX);
}

TEST_CASE("the wait that is told is as long as it takes, and no longer") {
  base::Random random(5);
  for (int round = 0; round < 200; ++round) {
    RateWindow rate;
    base::Instant now = kStart;
    const auto limit = 1 + random.below(50);
    for (int i = 0; i < 100; ++i) {
      now += random.below(base::Duration(200ms));
      if (rate.count(now, 8s) < limit) rate.add(now, 8s);
    }
    const base::Duration wait = rate.until_below(limit, now, 8s);
    CHECK(rate.count(now + wait, 8s) < limit);
    if (wait > 1ms) CHECK(rate.count(now + wait - 1ms, 8s) >= limit);
  }
}

RateLimiter limiter(std::uint32_t limit, base::Duration per, std::size_t size = 1000) {
  return RateLimiter("front", {{.limit = limit, .per = per, .size = size}}, {});
}

const KeyTable<RateWindow>& entries_of(const RateLimiter& limiter) {
  return limiter.groups().front().table.entries();
}

const base::IpAddress kCounted = base::IpAddress::v4(0xc0000207);

TEST_CASE("so many in a window, and the next when one has left it") {
  RateLimiter limit = limiter(3, 8s);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(limit.refuse(kCounted, nullptr, kStart));
  const auto wait = limit.refuse(kCounted, nullptr, kStart);
  REQUIRE(wait);
  CHECK(*wait > 6s);
  CHECK(*wait <= 9s);
  CHECK(limit.groups().front().limits.front().refused == 1);
  CHECK(limit.refuse(kCounted, nullptr, kStart + *wait - 10ms));
  CHECK_FALSE(limit.refuse(kCounted, nullptr, kStart + *wait));
  // Another client is none of that.
  CHECK_FALSE(limit.refuse(base::IpAddress::v4(1), nullptr, kStart + *wait));
}

TEST_CASE("a client that keeps asking is served as often as it may") {
  RateLimiter limit = limiter(100, 10s);
  int served = 0;
  for (base::Instant now = kStart; now < kStart + 100s; now += 10ms) {
    if (!limit.refuse(kCounted, nullptr, now)) ++served;
  }
  CHECK(served >= 990);
  CHECK(served <= 1010 + 100);  // the first window begins empty
}

TEST_CASE("addresses of one IPv6 network are one client") {
  RateLimiter limit = limiter(1, 10s);
  const auto address = [](std::string_view text) { return base::IpAddress::parse(text).value(); };
  CHECK_FALSE(limit.refuse(address("2001:db8::1"), nullptr, kStart));
  CHECK(limit.refuse(address("2001:db8::2"), nullptr, kStart));
  CHECK_FALSE(limit.refuse(address("2001:db8:0:1::2"), nullptr, kStart));
}

TEST_CASE("who leaves the field out counts by the address") {
  RateLimiter limit(
      "front", {{.limit = 1, .per = 10s, .by = {.source = KeySource::kHeader, .name = "key"}}}, {});
  http::RequestHead named;
  named.fields.add({.name = "Key", .value = "a"});
  const http::RequestHead unnamed;
  CHECK_FALSE(limit.refuse(kCounted, &named, kStart));
  CHECK(limit.refuse(base::IpAddress::v4(9), &named, kStart));
  CHECK_FALSE(limit.refuse(kCounted, &unnamed, kStart));
  CHECK(limit.refuse(kCounted, &unnamed, kStart));
}

TEST_CASE("a flood of distinct clients takes no memory, and the oldest are forgotten") {
  RateLimiter limit = limiter(1, 10s, 1000);
  CHECK_FALSE(limit.refuse(kCounted, nullptr, kStart));
  CHECK(limit.refuse(kCounted, nullptr, kStart));
  const auto flood = [&](std::uint32_t from, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      CHECK_FALSE(limit.refuse(base::IpAddress::v4(from + i), nullptr, kStart));
    }
  };
  flood(0x0a000000, 1000);
  const std::size_t memory = entries_of(limit).memory();
  flood(0x0b000000, 100'000);
  CHECK(entries_of(limit).memory() == memory);
  CHECK(entries_of(limit).entries() == 1000);
  CHECK_FALSE(limit.refuse(kCounted, nullptr, kStart));
}

TEST_CASE("errors and bytes are counted when a request is over, and refuse the next ones") {
  const http::RequestHead request;
  const auto refused_after = [&](RateOf of, const RequestCost& cost) {
    RateLimiter limit("front", {{.of = of, .limit = 100, .per = 8s}}, {});
    int passed = 0;
    while (passed < 1000 && !limit.refuse(kCounted, &request, kStart)) {
      limit.note(kCounted, request, cost, kStart);
      ++passed;
    }
    return passed;
  };
  CHECK(refused_after(RateOf::kErrors, {.status = 404}) == 100);
  CHECK(refused_after(RateOf::kErrors, {.status = 200}) == 1000);
  CHECK(refused_after(RateOf::kFailures, {.status = 503}) == 100);
  CHECK(refused_after(RateOf::kFailures, {.status = 404}) == 1000);
  CHECK(refused_after(RateOf::kErrors, {.status = 503}) == 1000);
  CHECK(refused_after(RateOf::kErrors, {.status = 429}) == 1000);
  CHECK(refused_after(RateOf::kBytesIn, {.status = 200, .bytes_in = 30, .bytes_out = 90}) == 4);
  CHECK(refused_after(RateOf::kBytesOut, {.status = 200, .bytes_in = 30, .bytes_out = 90}) == 2);
  CHECK(refused_after(RateOf::kBytesOut, {.bytes_out = UINT64_MAX}) == 1);
  // Requests count as they come, whatever they come to.
  CHECK(refused_after(RateOf::kRequests, {.status = 404, .bytes_out = 1000}) == 100);
}

TEST_CASE("a client that nothing is known of takes no entry by asking") {
  RateLimiter limit("front", {{.of = RateOf::kErrors, .limit = 1, .per = 8s}}, {});
  const http::RequestHead request;
  CHECK_FALSE(limit.refuse(kCounted, &request, kStart));
  CHECK(entries_of(limit).entries() == 0);
  limit.note(kCounted, request, {.status = 404}, kStart);
  CHECK(limit.refuse(kCounted, &request, kStart));
  CHECK_FALSE(limit.refuse(kCounted, &request, kStart + 10s));
}

TEST_CASE("limits by the same share an entry, and what one refuses counts in none") {
  const ClientKeySettings by_key{.source = KeySource::kHeader, .name = "key"};
  RateLimiter limit("front",
                    {{.limit = 2, .per = 1s},
                     {.limit = 3, .per = 8s, .size = 5000},
                     {.of = RateOf::kErrors, .limit = 1, .per = 8s, .by = by_key}},
                    {});
  REQUIRE(limit.groups().size() == 2);
  const ClientTable& shared = limit.groups()[0].table;
  CHECK(shared.settings().name == "front");
  CHECK(shared.settings().counters.size() == 2);
  CHECK(shared.entries().size() == 100'000);
  CHECK(limit.groups()[1].table.settings().name == "front:2");
  const http::RequestHead request;
  for (int i = 0; i < 2; ++i) CHECK_FALSE(limit.refuse(kCounted, &request, kStart));
  CHECK(shared.entries().entries() == 1);
  const auto soon = limit.refuse(kCounted, &request, kStart);
  REQUIRE(soon);
  CHECK(*soon < 2s);
  CHECK_FALSE(limit.refuse(kCounted, &request, kStart + 2s));
  // The longer window is full: the longest wait is told.
  const auto late = limit.refuse(kCounted, &request, kStart + 2s);
  REQUIRE(late);
  CHECK(*late > 2s);
  CHECK(limit.groups()[0].limits[0].refused == 1);
  CHECK(limit.groups()[0].limits[1].refused == 1);
  // One error is too many for a client that is told by its address for want of the field.
  limit.note(kCounted, request, {.status = 404}, kStart + 20s);
  CHECK(limit.refuse(kCounted, &request, kStart + 20s));
  CHECK(limit.groups()[1].limits[0].refused == 1);
  CHECK_FALSE(limit.refuse(base::IpAddress::v4(1), &request, kStart + 20s));
}

TEST_CASE("connections and requests have limits of their own in one table") {
  RateLimiter limit(
      "front", {{.of = RateOf::kConnections, .limit = 1, .per = 8s}, {.limit = 2, .per = 8s}}, {});
  CHECK(limit.limits_requests());
  CHECK_FALSE(limit.refuses_connection(kCounted, kStart));
  const http::RequestHead request;
  for (int i = 0; i < 2; ++i) CHECK_FALSE(limit.refuse(kCounted, &request, kStart));
  CHECK(limit.refuse(kCounted, &request, kStart));
  CHECK(limit.refuses_connection(kCounted, kStart));
  CHECK(limit.groups().size() == 1);
}

TEST_CASE("clients are told whole seconds, one at least") {
  CHECK(seconds_until(1ns) == 1);
  CHECK(seconds_until(1s) == 1);
  CHECK(seconds_until(1001ms) == 2);
}

}  // namespace
}  // namespace hapair::lb::test
