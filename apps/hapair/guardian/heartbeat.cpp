#include "apps/hapair/guardian/heartbeat.hpp"

#include "common/event/clock.hpp"

namespace hapair::guardian {

Heartbeat::Heartbeat(event::EventLoop& loop, WorkerPulse& pulse)
    : loop_(loop),
      pulse_(pulse),
      timer_(loop, event::Priority::kVrrp, event::Callback<>::to<&Heartbeat::on_timer>(this)) {}

void Heartbeat::start() {
  const base::Instant now = loop_.now();
  pulse_.beat(now);
  timer_.arm_at(now + kPeriod);
}

void Heartbeat::beat() { pulse_.beat(event::now()); }

void Heartbeat::on_timer() noexcept {
  const base::Instant now = loop_.now();
  pulse_.beat(now);
  lag_.record(now - timer_.deadline());
  timer_.arm_at(now + kPeriod);
}

}  // namespace hapair::guardian
