// When a process that ended is started again: the first time at once, then after delays that
// double, and from the beginning once it has run stably. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "common/base/time.hpp"

namespace hapair::supervisor {

class RestartBackoff {
 public:
  static constexpr base::Duration kFirst = std::chrono::milliseconds(100);
  static constexpr base::Duration kLongest = std::chrono::seconds(5);
  static constexpr base::Duration kStable = std::chrono::seconds(10);
  /// So many restarts in a row make a crash loop that someone should look at.
  static constexpr std::uint32_t kLoop = 5;

  void on_started(base::Instant now) { started_ = now; }

  /// The process ended; when to start it again.
  [[nodiscard]] base::Instant on_ended(base::Instant now) {
    if (now - started_ >= kStable) row_ = 0;
    const std::uint32_t row = row_++;
    if (row == 0) return now;
    // Beyond six doublings it is the longest delay anyway.
    return now + std::min(kFirst * (1 << std::min(row - 1, 6U)), kLongest);
  }

  /// True when the end just reported makes a crash loop; once per loop.
  [[nodiscard]] bool loops() const { return row_ == kLoop; }
  [[nodiscard]] std::uint32_t row() const { return row_; }

 private:
  base::Instant started_{};
  std::uint32_t row_ = 0;
};

}  // namespace hapair::supervisor
