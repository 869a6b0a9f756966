// How long work that comes in steps may go on before others get their turn. What a step takes is
// not known ahead, so time is what counts. Pure.
#pragma once

#include "common/base/time.hpp"

namespace hapair::lb {

class TurnBudget {
 public:
  explicit constexpr TurnBudget(base::Duration turn) : turn_(turn) {}

  /// The work begins, or goes on after something else was done.
  void resume(base::Instant now) { since_ = now; }
  /// It went on since the last of these two calls.
  void spend(base::Instant now) {
    spent_ += now - since_;
    since_ = now;
  }
  /// Others are to have their turn, then renew() begins the next.
  [[nodiscard]] bool is_over() const { return spent_ >= turn_; }
  void renew() { spent_ = base::Duration(0); }

 private:
  base::Duration turn_;
  base::Duration spent_{0};
  base::Instant since_{};
};

}  // namespace hapair::lb
