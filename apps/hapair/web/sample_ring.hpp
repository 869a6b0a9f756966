// The last samples of something, each of several figures under a number that counts up. Bounded; it
// takes its memory with the first sample. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "apps/hapair/web/small_number.hpp"

namespace hapair::web {

template <std::size_t Figures, std::size_t Slots>
class SampleRing {
 public:
  using Sample = std::array<SmallNumber, Figures>;

  /// `number` follows on the last one, or what was there is forgotten.
  void add(std::uint64_t number, const Sample& sample) {
    if (cells_.empty()) cells_.resize(Slots);
    if (end_ != number) begin_ = number;
    end_ = number + 1;
    if (end_ - begin_ > Slots) begin_ = end_ - Slots;
    cells_[number % Slots] = sample;
  }

  /// Numbers from begin() to before end() are there.
  [[nodiscard]] std::uint64_t begin() const { return begin_; }
  [[nodiscard]] std::uint64_t end() const { return end_; }
  [[nodiscard]] bool has(std::uint64_t number) const { return begin_ <= number && number < end_; }
  [[nodiscard]] const Sample& at(std::uint64_t number) const { return cells_[number % Slots]; }

 private:
  std::vector<Sample> cells_;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace hapair::web
