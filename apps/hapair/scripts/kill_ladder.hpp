// When a run of a script is asked to end, and when it is killed. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "common/base/time.hpp"

namespace hapair::scripts {

class KillLadder {
 public:
  /// From the polite signal to the one that can't be ignored.
  static constexpr base::Duration kGrace = std::chrono::seconds(2);

  enum class Signal : std::uint8_t { kNone, kTerminate, kKill };

  KillLadder(base::Instant began, base::Duration timeout) : began_(began), due_(began + timeout) {}

  /// The signal that is due; each once.
  [[nodiscard]] Signal on_time(base::Instant now) {
    if (!deadline() || now < due_) return Signal::kNone;
    sent_ = sent_ == Signal::kNone ? Signal::kTerminate : Signal::kKill;
    // The grace counts from the signal, not from when it was due: a late loop kills nobody early.
    due_ = now + kGrace;
    return sent_;
  }

  /// Its time is up earlier than planned.
  void shorten(base::Instant until) {
    if (sent_ == Signal::kNone && until < due_) due_ = until;
  }

  /// When on_time() has something to say next.
  [[nodiscard]] std::optional<base::Instant> deadline() const {
    return sent_ == Signal::kKill ? std::nullopt : std::optional(due_);
  }
  [[nodiscard]] base::Instant began() const { return began_; }
  [[nodiscard]] bool timed_out() const { return sent_ != Signal::kNone; }

 private:
  base::Instant began_;
  base::Instant due_;
  Signal sent_ = Signal::kNone;
};

}  // namespace hapair::scripts
