// Events a second over a sliding window of one second, in constant memory: the count of the running
// second plus the share of the previous one that the window still covers. Pure: time is passed in.
#pragma once

#include <cstdint>

#include "common/base/time.hpp"

namespace hapair::lb {

class RateMeter {
 public:
  void count(base::Instant now);
  /// Events in the second up to `now`.
  [[nodiscard]] std::uint64_t rate(base::Instant now) const;
  /// The highest rate seen when an event was counted.
  [[nodiscard]] std::uint64_t max() const { return max_; }
  /// Of an earlier process.
  void adopt_max(std::uint64_t max) { max_ = max > max_ ? max : max_; }

 private:
  void roll(base::Instant now);

  std::int64_t begin_ = 0;  ///< of the running second, in ns
  std::uint64_t current_ = 0;
  std::uint64_t previous_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace hapair::lb
