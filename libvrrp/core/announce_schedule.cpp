#include "libvrrp/core/announce_schedule.hpp"

namespace hapair::vrrp {

std::size_t AnnounceSchedule::start(base::Instant now) {
  if (!last_burst_ || now >= *last_burst_ + kMinGap) return begin(now);
  restart_due_ = true;
  next_ = *last_burst_ + kMinGap;
  return 0;
}

void AnnounceSchedule::stop() { *this = AnnounceSchedule(settings_); }

std::size_t AnnounceSchedule::on_deadline(base::Instant now) {
  if (!next_ || now < *next_) return 0;
  if (restart_due_) return begin(now);
  plan_refresh(now);
  if (!second_burst_due_) return 1;
  second_burst_due_ = false;
  last_burst_ = now;
  return settings_.repeat;
}

std::size_t AnnounceSchedule::begin(base::Instant now) {
  last_burst_ = now;
  restart_due_ = false;
  second_burst_due_ = settings_.delay > base::Duration::zero();
  if (second_burst_due_) {
    next_ = now + settings_.delay;
  } else {
    plan_refresh(now);
  }
  return settings_.repeat;
}

void AnnounceSchedule::plan_refresh(base::Instant now) {
  if (settings_.refresh > base::Duration::zero()) {
    next_ = now + settings_.refresh;
  } else {
    next_.reset();
  }
}

}  // namespace hapair::vrrp
