#include "libcheck/core/schedule.hpp"

#include <algorithm>

namespace hapair::check {
namespace {

constexpr base::Duration kFirstCheckPace = std::chrono::milliseconds(1);

}  // namespace

base::Duration first_check_spread(std::size_t targets, base::Duration interval) {
  return std::min(interval, kFirstCheckPace * static_cast<std::int64_t>(targets));
}

base::Instant Schedule::first(base::Instant now, base::Duration spread) {
  grid_ = now + random_.below(interval_);
  return on_tick(now + random_.below(spread));
}

base::Instant Schedule::on_tick(base::Instant at) const {
  const base::Duration tick = std::min(kTick, interval_ / kJitterShare);
  const base::Duration past = at.time_since_epoch() % tick;
  return past.count() == 0 ? at : at + (tick - past);
}

base::Duration interval_for(const Intervals& intervals, const RiseFall& counter) {
  if (counter.against() > 0) return intervals.fast;
  return counter.verdict() == Verdict::kFailing ? intervals.down : intervals.normal;
}

base::Instant Schedule::next(base::Instant began, base::Instant now, base::Duration interval) {
  if (interval != interval_) {
    interval_ = interval;
    grid_ = began + interval;
  }
  const base::Instant earliest = std::max(began + interval_ / 2, now);
  if (grid_ < earliest) {
    const auto behind = (earliest - grid_ + interval_ - base::Duration(1)) / interval_;
    grid_ += behind * interval_;
  }
  return on_tick(grid_ + random_.below(interval_ / kJitterShare));
}

}  // namespace hapair::check
