#include "liblb/core/rate.hpp"

#include <algorithm>

namespace hapair::lb {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// What is left of a window that still holds `before` events of the second that ended `gone` ago.
std::uint64_t share_of(std::uint64_t before, std::int64_t gone) {
  const auto left = static_cast<std::uint64_t>(kSecond - gone);
  return before * left / static_cast<std::uint64_t>(kSecond);
}

}  // namespace

void RateMeter::count(base::Instant now) {
  const std::int64_t gone = base::to_ns(now) - begin_;
  if (gone < 0 || gone >= kSecond) roll(now);
  ++current_;
  if (current_ + previous_ > max_) max_ = std::max(max_, rate(now));
}

std::uint64_t RateMeter::rate(base::Instant now) const {
  const std::int64_t gone = base::to_ns(now) - begin_;
  if (gone < 0 || gone >= 2 * kSecond) return 0;
  if (gone >= kSecond) return share_of(current_, gone - kSecond);
  return current_ + share_of(previous_, gone);
}

void RateMeter::roll(base::Instant now) {
  const std::int64_t begin = base::to_ns(now) / kSecond * kSecond;
  previous_ = begin == begin_ + kSecond ? current_ : 0;
  current_ = 0;
  begin_ = begin;
}

}  // namespace hapair::lb
