// Some servers are drawn at random by share, and the least busy of them for its share is chosen.
// Two draws (the power of two choices) keep loads nearly as even as a comparison of all would, and
// two nodes that choose so never run to the same server together. Given its seed, a run repeats.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/random.hpp"
#include "liblb/core/picker.hpp"
#include "liblb/core/share_tree.hpp"

namespace hapair::lb {

class RandomPicker final : public Picker {
 public:
  /// `draws`: at least 1.
  RandomPicker(unsigned draws, std::uint64_t seed) : draws_(draws), random_(seed) {}

  void update(std::size_t place, const PickTarget& target) override;
  [[nodiscard]] std::optional<std::size_t> pick(const PickQuery& query) override;
  [[nodiscard]] bool follows_load() const override { return true; }

 private:
  /// One of those in turn, but not `other`.
  [[nodiscard]] std::optional<std::size_t> draw(std::optional<std::size_t> other);
  [[nodiscard]] bool busier(std::size_t one, std::size_t other) const;

  unsigned draws_;
  base::Random random_;
  ShareTree shares_;  ///< of those in turn
  std::vector<std::uint32_t> sessions_;
};

}  // namespace hapair::lb
