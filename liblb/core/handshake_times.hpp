// How long it takes a listener's clients to finish a TCP handshake: by the round trips of some of
// those that came last. Whoever stops to answer SYNs knows by it how long to wait for the clients
// that have been answered.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include "common/base/time.hpp"

namespace hapair::lb {

class HandshakeTimes {
 public:
  /// The least and the most that enough() says.
  static constexpr base::Duration kLeast = std::chrono::milliseconds(10);
  static constexpr base::Duration kMost = std::chrono::milliseconds(200);
  /// So many round trips have to be known.
  static constexpr std::size_t kNeeded = 8;

  /// A client has come: whether its round trip is wanted. The first ones' are, then one in 16.
  [[nodiscard]] bool wants_next() {
    ++seen_;
    return seen_ <= kNeeded || seen_ % kStep == 0;
  }

  void add(base::Duration round_trip) {
    if (added_ % kBlock == 0) slowest_ = {base::Duration{}, slowest_[0]};
    slowest_[0] = std::max(slowest_[0], round_trip);
    ++added_;
  }

  /// So long after the last answer to a SYN the client's next packet has come: twice the slowest of
  /// the last 64 to 128 round trips, and some milliseconds for queues. nullopt: too few are known.
  [[nodiscard]] std::optional<base::Duration> enough() const {
    if (added_ < kNeeded) return std::nullopt;
    const base::Duration slowest = std::max(slowest_[0], slowest_[1]);
    return std::clamp(2 * slowest + kQueues, kLeast, kMost);
  }

 private:
  static constexpr std::size_t kStep = 16;
  static constexpr std::size_t kBlock = 64;
  static constexpr base::Duration kQueues = std::chrono::milliseconds(5);

  std::size_t seen_ = 0;
  std::size_t added_ = 0;
  std::array<base::Duration, 2> slowest_{};  ///< of this block of round trips, and of the last one
};

}  // namespace hapair::lb
