#include "libcheck/core/rise_fall.hpp"

#include <algorithm>

namespace hapair::check {

Verdict RiseFall::on_result(bool passed) {
  const Verdict now = passed ? Verdict::kPassing : Verdict::kFailing;
  if (verdict_ == Verdict::kNone) verdict_ = now;
  if (now == verdict_) {
    against_ = 0;
    return verdict_;
  }
  ++against_;
  const unsigned needed = passed ? limits_.rise : limits_.fall;
  if (against_ >= needed) {
    verdict_ = now;
    against_ = 0;
  }
  return verdict_;
}

void RiseFall::set_limits(RiseFallLimits limits) {
  limits_ = limits;
  const unsigned needed = verdict_ == Verdict::kPassing ? limits.fall : limits.rise;
  against_ = std::min(against_, needed - 1);
}

void RiseFall::leave_failures(unsigned left) {
  if (verdict_ != Verdict::kPassing || left >= limits_.fall) return;
  against_ = std::max(against_, limits_.fall - left);
}

}  // namespace hapair::check
