// Keeps a message that a peer can provoke with every packet from filling the log: the first is let
// through, then one a minute, which says how many were held back.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "common/base/time.hpp"

namespace hapair::base {

class RepeatGuard {
 public:
  static constexpr Duration kGap = std::chrono::minutes(1);

  /// nullopt: hold this one back; else how many were held back since the last one let through.
  [[nodiscard]] std::optional<std::uint64_t> pass(Instant now) {
    if (last_ && now - *last_ < kGap) {
      ++held_back_;
      return std::nullopt;
    }
    last_ = now;
    return std::exchange(held_back_, 0);
  }

 private:
  std::optional<Instant> last_;
  std::uint64_t held_back_ = 0;
};

}  // namespace hapair::base
