#include "common/base/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace hapair::base {

std::size_t Histogram::bucket_of(std::uint64_t ns) {
  constexpr std::uint64_t kSteps = 1U << kStepBits;
  if (ns < kSteps) return ns;
  const int exponent = static_cast<int>(std::bit_width(ns)) - 1 - kStepBits;
  const std::size_t bucket = (static_cast<std::size_t>(exponent) << kStepBits) + (ns >> exponent);
  return std::min(bucket, kBuckets - 1);
}

std::uint64_t Histogram::upper_bound_of(std::size_t bucket) {
  constexpr std::size_t kSteps = 1U << kStepBits;
  if (bucket < kSteps) return bucket;
  const std::size_t exponent = (bucket >> kStepBits) - 1;
  const std::uint64_t mantissa = (bucket & (kSteps - 1)) + kSteps;
  return ((mantissa + 1) << exponent) - 1;
}

void Histogram::record(Duration value) {
  value = std::max(value, Duration(0));
  ++buckets_[bucket_of(static_cast<std::uint64_t>(value.count()))];
  ++count_;
  sum_ += value;
  max_ = std::max(max_, value);
}

std::uint64_t Histogram::count_between(int from, int to) const {
  const std::size_t first = from == 0 ? 0 : bucket_of(std::uint64_t{1} << from);
  const std::size_t last = bucket_of(std::uint64_t{1} << to);
  std::uint64_t count = 0;
  for (std::size_t bucket = first; bucket < last; ++bucket) count += buckets_[bucket];
  return count;
}

namespace {

// Beyond those of the buckets, which are their places.
constexpr std::uint16_t kSumFigure = 0xfff0;
constexpr std::uint16_t kMaxFigure = 0xfff1;

}  // namespace

Figures Histogram::figures() const {
  Figures out{{kSumFigure, figure_of(sum_)}, {kMaxFigure, figure_of(max_)}};
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    if (buckets_[bucket] != 0) out.emplace_back(bucket, buckets_[bucket]);
  }
  return out;
}

void Histogram::adopt(const Figures& figures) {
  reset();
  for (const auto& [id, figure] : figures) {
    if (id >= kBuckets) continue;
    buckets_[id] += figure;
    count_ += figure;
  }
  take_figure(figures, kSumFigure, sum_);
  take_figure(figures, kMaxFigure, max_);
}

Histogram Histogram::since(const Histogram& before) const {
  Histogram out;
  if (count_ == before.count_) return out;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    out.buckets_[bucket] = buckets_[bucket] - std::min(before.buckets_[bucket], buckets_[bucket]);
    out.count_ += out.buckets_[bucket];
  }
  out.sum_ = sum_ - std::min(before.sum_, sum_);
  out.max_ = max_;
  return out;
}

Duration Histogram::quantile(double q) const {
  const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank && seen > 0) {
      return std::min(Duration(static_cast<std::int64_t>(upper_bound_of(bucket))), max_);
    }
  }
  return Duration(0);
}

}  // namespace hapair::base
