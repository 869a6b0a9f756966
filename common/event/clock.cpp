#include "common/event/clock.hpp"

#include <ctime>

namespace hapair::event {
namespace {

base::Duration read_clock(clockid_t clock) {
  timespec ts{};
  clock_gettime(clock, &ts);
  return std::chrono::seconds(ts.tv_sec) + base::Duration(ts.tv_nsec);
}

}  // namespace

base::Instant now() { return base::Instant(read_clock(CLOCK_BOOTTIME)); }

base::WallTime wall_now() { return base::WallTime(read_clock(CLOCK_REALTIME)); }

base::Duration cpu_time() { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace hapair::event
