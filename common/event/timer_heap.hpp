// The deadlines of a loop's timers, the earliest at hand. Pure: a binary heap whose entries know
// their place, so that any of them can be taken out in O(log n).
#pragma once

#include <cstddef>
#include <vector>

#include "common/base/time.hpp"

namespace hapair::event {

/// Part of a timer. It must be out of its heap when it is destroyed.
class TimerEntry {
 public:
  [[nodiscard]] base::Instant deadline() const { return deadline_; }
  [[nodiscard]] bool in_heap() const { return place_ != kNone; }

 protected:
  TimerEntry() = default;
  ~TimerEntry() = default;

  base::Instant deadline_{};

 private:
  friend class TimerHeap;
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t place_ = kNone;
};

class TimerHeap {
 public:
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// The entry with the earliest deadline; nullptr when there is none.
  [[nodiscard]] TimerEntry* first() const { return empty() ? nullptr : entries_.front(); }

  /// The entry must be in no heap. Its deadline may not change while it is in this one.
  void add(TimerEntry& entry);
  /// The entry must be in this heap.
  void remove(TimerEntry& entry);

 private:
  void put(std::size_t place, TimerEntry& entry);
  void rise(std::size_t place, TimerEntry& entry);
  void sink(std::size_t place, TimerEntry& entry);

  std::vector<TimerEntry*> entries_;
};

}  // namespace hapair::event
