// What was proved at some cost lately: a good password, so that it is tried once and not with each
// request. Knows no password, only digests under a key that nobody else has; of a bounded number,
// each for a fixed time. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <unordered_map>

#include "common/base/time.hpp"

namespace hapair::lb {

class ProofMemory {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  /// `room`: 1 or more.
  ProofMemory(std::size_t room, base::Duration life) : room_(room), life_(life) {}

  [[nodiscard]] bool knows(const Digest& digest, base::Instant now) const {
    const auto at = expiries_.find(digest);
    return at != expiries_.end() && now < at->second;
  }
  /// In place of the oldest where there is no room. What is known already is not known for longer.
  void add(const Digest& digest, base::Instant now) {
    while (!order_.empty() && expiry_of(order_.front()) <= now) drop_oldest();
    if (!expiries_.emplace(digest, now + life_).second) return;
    if (order_.size() >= room_) drop_oldest();
    order_.push_back(digest);
  }
  [[nodiscard]] std::size_t size() const { return order_.size(); }

 private:
  /// The digest is as good as random.
  struct Hash {
    [[nodiscard]] std::size_t operator()(const Digest& digest) const {
      std::size_t hash = 0;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };
  void drop_oldest() {
    expiries_.erase(order_.front());
    order_.pop_front();
  }
  [[nodiscard]] base::Instant expiry_of(const Digest& digest) const {
    return expiries_.find(digest)->second;
  }

  std::size_t room_;
  base::Duration life_;
  std::unordered_map<Digest, base::Instant, Hash> expiries_;
  std::deque<Digest> order_;  ///< the first expires first: all live as long
};

}  // namespace hapair::lb
