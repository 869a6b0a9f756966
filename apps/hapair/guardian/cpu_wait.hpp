// Tells a process that hangs from one that wants to run while the scheduler runs others: a late
// heartbeat of the second kind mends itself, and killing it would only make things worse.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

/// Of /proc/PID/stat (proc_pid_stat(5)).
struct ProcessStat {
  char state = 0;        ///< 'R': runs or waits for a CPU
  base::Duration cpu{};  ///< user and system time, in whole clock ticks
  bool operator==(const ProcessStat&) const = default;
};

/// `line` is the whole of the file; `ticks`: clock ticks a second.
[[nodiscard]] base::Result<ProcessStat> parse_process_stat(std::string_view line, long ticks);

class CpuWait {
 public:
  /// A process may be excused for so many times the limit of its heartbeat.
  static constexpr int kLimitFactor = 4;

  /// Excuses nobody.
  CpuWait() = default;
  /// `stat`: what open_stat() returned. Invalid: excuses nobody.
  explicit CpuWait(net::UniqueFd stat) : stat_(std::move(stat)) {}

  /// Invalid when it cannot be opened.
  [[nodiscard]] static net::UniqueFd open_stat(pid_t process);

  /// To be asked from half of `limit` after `beat`, the process's latest sign of life: true when it
  /// is runnable, and has run for less than a quarter of `limit` since it was first asked for this
  /// `beat`. One that had its time on the CPU and gave no sign hangs in a loop.
  [[nodiscard]] bool excuses(base::Instant beat, base::Duration limit);

 private:
  net::UniqueFd stat_;
  base::Instant beat_ = base::Instant::min();
  base::Duration cpu_at_first_{};
};

}  // namespace hapair::guardian
