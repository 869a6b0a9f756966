#include "liblb/core/rate.hpp"

#include <algorithm>

namespace hapair::lb {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

void RateMeter::count(base::Instant now) {
  roll(now);
  ++current_;
  max_ = std::max(max_, rate(now));
}

std::uint64_t RateMeter::rate(base::Instant now) const {
  const std::int64_t second = base::to_ns(now) / kSecond;
  const std::int64_t gone = second - second_;
  if (gone > 1) return 0;
  const std::uint64_t running = gone == 0 ? current_ : 0;
  const std::uint64_t before = gone == 0 ? previous_ : current_;
  const auto left = static_cast<std::uint64_t>(kSecond - base::to_ns(now) % kSecond);
  return running + before * left / static_cast<std::uint64_t>(kSecond);
}

void RateMeter::roll(base::Instant now) {
  const std::int64_t second = base::to_ns(now) / kSecond;
  if (second == second_) return;
  previous_ = second == second_ + 1 ? current_ : 0;
  current_ = 0;
  second_ = second;
}

}  // namespace hapair::lb
