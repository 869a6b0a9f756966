// The first server that has room: others get traffic only once it is full, so those behind can be
// switched off while there is little to do. Weights say only who gets none.
#pragma once

#include <cstdint>
#include <vector>

#include "liblb/core/picker.hpp"

namespace hapair::lb {

class FirstPicker final : public Picker {
 public:
  void update(std::size_t place, const PickTarget& target) override;
  [[nodiscard]] std::optional<std::size_t> pick(const PickQuery& query) override;

 private:
  std::vector<std::uint64_t> in_turn_;  ///< a bit for each place
};

}  // namespace hapair::lb
