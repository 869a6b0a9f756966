// Least connections: the server with the fewest requests or connections for its share. Among equals
// in turn, by share: each choice moves a server's turn on by what is inverse to its share, and
// begins no earlier than the last, so nobody is owed turns that it missed (start-time fair
// queueing).
//
// The servers stand in a binary heap, of which any can move: a choice, a session that begins or
// ends and a share that changes cost the logarithm of their number.
#pragma once

#include <cstdint>
#include <vector>

#include "liblb/core/picker.hpp"

namespace hapair::lb {

class LeastConnections final : public Picker {
 public:
  void update(std::size_t place, const PickTarget& target) override;
  [[nodiscard]] std::optional<std::size_t> pick(const PickQuery& query) override;
  [[nodiscard]] bool follows_load() const override { return true; }

 private:
  static constexpr std::size_t kNowhere = SIZE_MAX;

  struct Entry {
    std::uint64_t identity = 0;
    std::uint64_t sessions = 0;
    std::uint64_t share = 0;
    std::uint64_t turn = 0;
    std::size_t at = kNowhere;  ///< in the heap
  };

  /// The first goes before the second.
  [[nodiscard]] bool before(std::uint32_t first, std::uint32_t second) const;
  void put(std::size_t at, std::uint32_t place);
  void settle(std::size_t at);
  void remove(std::size_t at);

  std::vector<Entry> entries_;       ///< by place
  std::vector<std::uint32_t> heap_;  ///< of places in turn
  std::uint64_t now_ = 0;            ///< the turn of who was chosen last
};

}  // namespace hapair::lb
