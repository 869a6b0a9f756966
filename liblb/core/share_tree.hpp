// Shares by place, and whose a point on the line of all shares laid end to end is: a binary indexed
// tree, so that a change and a search cost the logarithm of the number of places.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hapair::lb {

class ShareTree {
 public:
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::uint64_t share(std::size_t place) const { return shares_[place]; }

  void set(std::size_t place, std::uint64_t share);
  /// The place whose part holds the point; `point` is below total().
  [[nodiscard]] std::size_t find(std::uint64_t point) const;

 private:
  std::vector<std::uint64_t> shares_;  ///< by place
  /// sums_[i] is of the shares in (i - lowest bit of i, i], counted from 1; a power of two of them.
  std::vector<std::uint64_t> sums_;
  std::uint64_t total_ = 0;
};

}  // namespace hapair::lb
