// What is due when. Checks are due on common ticks (schedule.hpp): thousands of items share a few
// hundred times, so an item is found, added and taken without a look at the others. Pure.
#pragma once

#include <algorithm>
#include <cassert>
#include <map>
#include <optional>
#include <vector>

#include "common/base/time.hpp"

namespace hapair::check {

/// Items belong to somebody else, stand in it at most once, and leave it before they go.
template <class Item>
class Agenda {
 public:
  void add(base::Instant at, Item& item) { slots_[at].push_back(&item); }

  /// `item` must stand at `at`.
  void remove(base::Instant at, Item& item) {
    const auto slot = slots_.find(at);
    assert(slot != slots_.end());
    [[maybe_unused]] const auto removed = std::erase(slot->second, &item);
    assert(removed == 1);
    if (slot->second.empty()) slots_.erase(slot);
  }

  /// Takes out one whose time has come, the earliest first; nullptr: there is none.
  [[nodiscard]] Item* take(base::Instant now) {
    const auto slot = slots_.begin();
    if (slot == slots_.end() || slot->first > now) return nullptr;
    Item* const item = slot->second.back();
    slot->second.pop_back();
    if (slot->second.empty()) slots_.erase(slot);
    return item;
  }

  /// When the next one is due; nullopt: none is.
  [[nodiscard]] std::optional<base::Instant> next() const {
    if (slots_.empty()) return std::nullopt;
    return slots_.begin()->first;
  }

 private:
  std::map<base::Instant, std::vector<Item*>> slots_;  ///< none is empty
};

}  // namespace hapair::check
