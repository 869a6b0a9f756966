#include "apps/hapair/worker/address_retry.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace hapair::worker {
namespace {

using namespace std::chrono_literals;

constexpr base::Instant kStart = base::from_ns(1'000'000'000'000);

/// So long from a loss until the next try while another node serves.
base::Duration wait_after(const AddressRetry& retry, base::Instant lost) {
  base::Duration wait{};
  while (!retry.is_due(lost + wait, true)) wait += AddressRetry::kFirst;
  return wait;
}

TEST_CASE("a VIP that another node serves is tried for ever more seldom") {
  AddressRetry retry;
  base::Instant now = kStart;
  for (const base::Duration wait : {5s, 10s, 20s, 40s, 80s, 160s, 320s, 600s, 600s}) {
    retry.on_lost(now);
    CHECK(wait_after(retry, now) == wait);
    now += wait + 400ms;
  }
}

TEST_CASE("nobody is disturbed by a try for a VIP that nobody serves") {
  AddressRetry retry;
  for (int i = 0; i < 4; ++i) retry.on_lost(kStart + i * 5s);
  CHECK(retry.is_due(kStart + 20s, false));
  CHECK_FALSE(retry.is_due(kStart + 20s, true));
}

TEST_CASE("addresses that were held for a while are tried for as soon as at first") {
  AddressRetry retry;
  retry.on_lost(kStart);
  retry.on_lost(kStart + 6s);
  CHECK(wait_after(retry, kStart + 6s) == 10s);
  const base::Instant later = kStart + 16s + 10s + 1ns;
  retry.on_lost(later);
  CHECK(wait_after(retry, later) == 5s);
}

}  // namespace
}  // namespace hapair::worker
