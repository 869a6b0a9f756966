#include "liblb/core/key_counts.hpp"

#include <array>
#include <bit>
#include <cassert>
#include <utility>

#include "liblb/core/stable_hash.hpp"

namespace hapair::lb {
namespace {

constexpr std::size_t kFirstSlots = 64;

}  // namespace

KeyCounts::KeyCounts(std::uint64_t seed) : seed_(seed), slots_(kFirstSlots) {}

std::size_t KeyCounts::home_of(const TableKey& key) const {
  const auto [high, low] = std::bit_cast<std::array<std::uint64_t, 2>>(key.bytes);
  return mixed(mixed(high ^ seed_) ^ low) & (slots_.size() - 1);
}

std::size_t KeyCounts::find(const TableKey& key) const {
  std::size_t slot = home_of(key);
  while (slots_[slot].count > 0 && slots_[slot].key != key) slot = next(slot);
  return slot;
}

bool KeyCounts::add(const TableKey& key, std::uint32_t limit) {
  std::size_t slot = find(key);
  if (slots_[slot].count >= limit) return false;
  if (slots_[slot].count == 0) {
    if (2 * (used_ + 1) > slots_.size()) {
      grow();
      slot = find(key);
    }
    slots_[slot].key = key;
    ++used_;
  }
  ++slots_[slot].count;
  return true;
}

void KeyCounts::remove(const TableKey& key) {
  const std::size_t slot = find(key);
  assert(slots_[slot].count > 0);
  if (--slots_[slot].count == 0) empty(slot);
}

std::uint32_t KeyCounts::count(const TableKey& key) const { return slots_[find(key)].count; }

void KeyCounts::grow() {
  const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
  for (const Slot& each : before) {
    if (each.count > 0) slots_[find(each.key)] = each;
  }
}

void KeyCounts::empty(std::size_t slot) {
  --used_;
  std::size_t gap = slot;
  for (std::size_t at = next(gap); slots_[at].count > 0; at = next(at)) {
    // It may move back into the gap where its search begins there or before.
    const std::size_t mask = slots_.size() - 1;
    const std::size_t way = (at - home_of(slots_[at].key)) & mask;
    if (way < ((at - gap) & mask)) continue;
    slots_[gap] = slots_[at];
    gap = at;
  }
  slots_[gap] = {};
}

}  // namespace hapair::lb
