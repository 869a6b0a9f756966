#include "liblb/core/share_tree.hpp"

#include <bit>

namespace hapair::lb {

void ShareTree::set(std::size_t place, std::uint64_t share) {
  if (place >= shares_.size()) {
    shares_.resize(std::bit_ceil(place + 1));
    sums_.assign(shares_.size() + 1, 0);
    for (std::size_t i = 1; i < sums_.size(); ++i) {
      sums_[i] += shares_[i - 1];
      const std::size_t above = i + (i & (~i + 1));
      if (above < sums_.size()) sums_[above] += sums_[i];
    }
  }
  // Unsigned: what shrinks wraps around, and the sums come out right.
  const std::uint64_t change = share - shares_[place];
  shares_[place] = share;
  total_ += change;
  for (std::size_t i = place + 1; i < sums_.size(); i += i & (~i + 1)) sums_[i] += change;
}

std::size_t ShareTree::find(std::uint64_t point) const {
  std::size_t before = 0;
  for (std::size_t step = shares_.size(); step > 0; step /= 2) {
    if (before + step >= sums_.size() || sums_[before + step] > point) continue;
    before += step;
    point -= sums_[before];
  }
  return before;
}

}  // namespace hapair::lb
