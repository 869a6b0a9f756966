// Hashing by the sum of the shares: the servers' shares are laid end to end, in an order that is
// the same on all nodes, and a key is a point on that line. Exact by weight and cheap, but any
// server that comes, goes or changes its weight moves most keys.
#pragma once

#include <cstdint>
#include <vector>

#include "liblb/core/picker.hpp"

namespace hapair::lb {

class MapPicker final : public Picker {
 public:
  explicit MapPicker(WhenFull when_full) : when_full_(when_full) {}

  void update(std::size_t place, const PickTarget& target) override;
  [[nodiscard]] std::optional<std::size_t> pick(const PickQuery& query) override;

 private:
  void lay_out();

  WhenFull when_full_;
  std::vector<PickTarget> targets_;  ///< by place
  bool stale_ = false;               ///< shares have changed: the line has to be laid out anew
  std::vector<std::uint32_t> line_;  ///< places, by identity
  std::vector<std::uint64_t> ends_;  ///< of their shares on the line
};

}  // namespace hapair::lb
