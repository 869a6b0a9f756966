// Whether the guardian itself was kept from running: what it does late was not for lack of a sign.
// Pure.
#pragma once

#include <chrono>
#include <optional>

#include "common/base/repeat_guard.hpp"
#include "common/base/time.hpp"

namespace hapair::guardian {

class LateWatch {
 public:
  /// A wake-up so much later than planned is told.
  static constexpr base::Duration kLate = std::chrono::milliseconds(50);
  /// So late, leases may have run out.
  static constexpr base::Duration kLeaseAtRisk = std::chrono::milliseconds(1500);

  /// A wake-up; gives back how late it is when that is to be told, at most once a minute.
  [[nodiscard]] std::optional<base::Duration> on_wake(base::Instant now, base::Instant planned) {
    const base::Duration late = now - planned;
    if (late <= kLate) return std::nullopt;
    if (late >= kLeaseAtRisk) stood_until_ = now;
    if (late > longest_) longest_ = late;
    if (!told_.pass(now)) return std::nullopt;
    return late;
  }

  /// An address that goes now has gone because nobody renewed its lease.
  [[nodiscard]] bool lease_ran_out(base::Instant now) const {
    return stood_until_ && now - *stood_until_ < std::chrono::seconds(1);
  }
  [[nodiscard]] base::Duration longest() const { return longest_; }

 private:
  std::optional<base::Instant> stood_until_;
  base::Duration longest_{};
  base::RepeatGuard told_;
};

}  // namespace hapair::guardian
