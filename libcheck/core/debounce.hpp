// A state that is told of at each change, and not checked at intervals, may flap: a change counts
// once it has lasted for a while. Pure: time is passed in.
//
// * The first observation counts at once: there is nothing it could be a flap of.
// * A change that is taken back before its time has never been.
#pragma once

#include <optional>

#include "common/base/time.hpp"

namespace hapair::check {

class Debounce {
 public:
  /// `hold`: how long a change must last; 0: every change counts at once.
  explicit Debounce(base::Duration hold) : hold_(hold) {}

  /// What holds from now on. True: it counts, now. False: not before due().
  [[nodiscard]] bool on_observation(bool good, base::Instant now);
  /// When the change that waits will count; nullopt: none waits.
  [[nodiscard]] std::optional<base::Instant> due() const { return due_; }
  /// Time has passed. True: the change that waited counts, now.
  [[nodiscard]] bool on_time(base::Instant now);

 private:
  base::Duration hold_;
  std::optional<bool> counted_;
  std::optional<base::Instant> due_;  ///< of the opposite of what is counted
};

}  // namespace hapair::check
