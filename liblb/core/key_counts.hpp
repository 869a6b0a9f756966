// How many of something each key has at this moment: connections, handshakes, requests under way.
// An open-addressed table that grows with the number of keys at once and never shrinks; it
// allocates nothing while that stays. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "liblb/core/key_table.hpp"

namespace hapair::lb {

class KeyCounts {
 public:
  static constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();

  /// `seed`: random, so that nobody chooses keys that lie together.
  explicit KeyCounts(std::uint64_t seed);

  /// One more for the key, unless it has `limit` of them already: then false.
  [[nodiscard]] bool add(const TableKey& key, std::uint32_t limit);
  /// One less; it must have one.
  void remove(const TableKey& key);
  [[nodiscard]] std::uint32_t count(const TableKey& key) const;
  /// That have one at least.
  [[nodiscard]] std::size_t keys() const { return used_; }
  [[nodiscard]] std::size_t capacity() const { return slots_.size(); }

 private:
  struct Slot {
    TableKey key;
    std::uint32_t count = 0;  ///< 0: empty
  };

  /// Where a search for the key begins.
  [[nodiscard]] std::size_t home_of(const TableKey& key) const;
  /// Its slot, or the empty one where it would be.
  [[nodiscard]] std::size_t find(const TableKey& key) const;
  [[nodiscard]] std::size_t next(std::size_t slot) const {
    return (slot + 1) & (slots_.size() - 1);
  }
  void grow();
  /// Empties the slot and closes the gap in the runs that lead over it.
  void empty(std::size_t slot);

  std::uint64_t seed_;
  std::vector<Slot> slots_;  ///< a power of two, at most half of them used
  std::size_t used_ = 0;
};

}  // namespace hapair::lb
