// A small seeded generator (xorshift64*) for spreading and jitter. Pure code is handed one, so a
// run replays from its seed. Not for secrets.
#pragma once

#include <cstdint>

#include "common/base/time.hpp"

namespace hapair::base {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed != 0 ? seed : 0x9e3779b97f4a7c15ULL) {}

  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1dULL;
  }

  /// 0 to bound - 1; 0 when bound is 0.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : (next() >> 11) % bound; }

  /// 0 up to, but not including, `span`.
  Duration below(Duration span) {
    return Duration(static_cast<std::int64_t>(
        below(static_cast<std::uint64_t>(span.count() > 0 ? span.count() : 0))));
  }

 private:
  std::uint64_t state_;
};

}  // namespace hapair::base
