// A share that grows linearly to its whole over a time: slow start of a server that has come up,
// and the return of one that was ejected. Pure: time is passed in.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/base/time.hpp"

namespace hapair::lb {

class Ramp {
 public:
  /// Shares are in hundredths; it begins with one of them, so that something can be seen of it.
  static constexpr std::uint32_t kWhole = 100;

  /// Begins at `now`; a length of 0 is over at once.
  void begin(base::Instant now, base::Duration length) {
    began_ = now;
    length_ = length;
  }
  void end() { length_ = base::Duration(0); }

  /// True until the share is whole.
  [[nodiscard]] bool climbs(base::Instant now) const { return now < began_ + length_; }
  /// 1 to kWhole.
  [[nodiscard]] std::uint32_t share(base::Instant now) const {
    if (!climbs(now)) return kWhole;
    const auto grown = static_cast<std::int64_t>(kWhole) * (now - began_) / length_;
    return static_cast<std::uint32_t>(std::max<std::int64_t>(grown, 1));
  }
  /// When its share next grows, at the earliest; the same, however often it is asked meanwhile.
  [[nodiscard]] base::Instant next_step(base::Instant now) const {
    const auto step = std::max<base::Duration>(length_ / kWhole, kShortestStep);
    return began_ + ((now - began_) / step + 1) * step;
  }

 private:
  static constexpr base::Duration kShortestStep = std::chrono::milliseconds(50);

  base::Instant began_{};
  base::Duration length_{0};
};

}  // namespace hapair::lb
