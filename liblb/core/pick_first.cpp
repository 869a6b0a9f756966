#include "liblb/core/pick_first.hpp"

#include <bit>

namespace hapair::lb {
namespace {

constexpr std::size_t kBits = 64;

std::uint64_t bit_of(std::size_t place) { return 1ULL << (place % kBits); }

}  // namespace

void FirstPicker::update(std::size_t place, const PickTarget& target) {
  if (place / kBits >= in_turn_.size()) in_turn_.resize(place / kBits + 1);
  std::uint64_t& word = in_turn_[place / kBits];
  word = target.in_turn() ? word | bit_of(place) : word & ~bit_of(place);
}

std::optional<std::size_t> FirstPicker::pick(const PickQuery& query) {
  for (std::size_t i = 0; i < in_turn_.size(); ++i) {
    std::uint64_t word = in_turn_[i];
    if (query.avoid && *query.avoid / kBits == i) word &= ~bit_of(*query.avoid);
    if (word != 0) return i * kBits + static_cast<std::size_t>(std::countr_zero(word));
  }
  return std::nullopt;
}

}  // namespace hapair::lb
