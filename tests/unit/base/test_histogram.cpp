#include <doctest/doctest.h>

#include "common/base/histogram.hpp"

using namespace hapair;
using namespace std::chrono_literals;

TEST_CASE("a histogram's quantiles are right to within an eighth") {
  base::Histogram histogram;
  for (int i = 1; i <= 1000; ++i) histogram.record(std::chrono::microseconds(i));
  CHECK(histogram.count() == 1000);
  CHECK(histogram.max() == 1ms);
  CHECK(histogram.quantile(0.5) >= 500us);
  CHECK(histogram.quantile(0.5) <= 563us);
  CHECK(histogram.quantile(0.999) >= 999us);
  CHECK(histogram.quantile(1.0) == 1ms);
}

TEST_CASE("between powers of two a histogram counts exactly") {
  base::Histogram histogram;
  for (const int ns : {0, 1, 7, 8, 1023, 1024, 4095, 4096}) histogram.record(base::Duration(ns));
  CHECK(histogram.count_between(0, 3) == 3);
  CHECK(histogram.count_between(3, 10) == 2);
  CHECK(histogram.count_between(10, 12) == 2);
  CHECK(histogram.count_between(12, 12) == 0);
  CHECK(histogram.count_between(0, 41) == 8);
}

TEST_CASE("a histogram takes any duration and is empty at first") {
  base::Histogram histogram;
  CHECK(histogram.quantile(0.5) == 0ns);
  histogram.record(-5ns);
  CHECK(histogram.max() == 0ns);
  histogram.record(24h);
  CHECK(histogram.quantile(1.0) <= 24h);
  CHECK(histogram.count() == 2);
}

TEST_CASE("a histogram tells what was recorded since it was another") {
  base::Histogram histogram;
  for (int i = 0; i < 100; ++i) histogram.record(8s);
  const base::Histogram before = histogram;
  CHECK(histogram.since(before).count() == 0);
  CHECK(histogram.since(before).max() == 0ns);
  for (int i = 0; i < 4; ++i) histogram.record(1ms);
  histogram.record(16ms);
  const base::Histogram since = histogram.since(before);
  CHECK(since.count() == 5);
  CHECK(since.sum() == 20ms);
  CHECK(since.quantile(0.5) >= 1ms);
  CHECK(since.quantile(0.5) <= 1125us);
  CHECK(since.quantile(1.0) >= 16ms);
  CHECK(since.quantile(1.0) <= 18ms);
  CHECK(since.max() == 8s);
  CHECK(histogram.since({}).count() == 105);
}
