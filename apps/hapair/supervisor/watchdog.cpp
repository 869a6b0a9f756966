#include "apps/hapair/supervisor/watchdog.hpp"

#include <systemd/sd-daemon.h>

namespace hapair::supervisor {

void Watchdog::on_time(base::Instant now) {
  const auto due = next_deadline();
  if (!due || now < *due) return;
  ::sd_notify(0, "WATCHDOG=1");
  due_ = now + period_;
}

std::optional<base::Instant> Watchdog::next_deadline() const {
  if (period_ <= base::Duration::zero()) return std::nullopt;
  return due_;
}

}  // namespace hapair::supervisor
