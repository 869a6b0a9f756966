#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "common/event/timer_heap.hpp"

using namespace hapair;

namespace {

class Entry : public event::TimerEntry {
 public:
  void set(std::int64_t ns) { deadline_ = base::from_ns(ns); }
};

}  // namespace

TEST_CASE("an empty heap has no first entry") {
  event::TimerHeap heap;
  CHECK(heap.empty());
  CHECK(heap.first() == nullptr);
}

TEST_CASE("the first entry is the earliest, whatever was added and taken out before") {
  std::mt19937 random(4711);
  std::array<Entry, 200> entries;
  std::vector<Entry*> held;
  event::TimerHeap heap;
  for (int step = 0; step < 20'000; ++step) {
    Entry& entry = entries[random() % entries.size()];
    if (entry.in_heap()) {
      heap.remove(entry);
      std::erase(held, &entry);
    } else {
      entry.set(static_cast<std::int64_t>(random() % 500));
      heap.add(entry);
      held.push_back(&entry);
    }
    REQUIRE(entry.in_heap() == (std::ranges::find(held, &entry) != held.end()));
    REQUIRE(heap.empty() == held.empty());
    if (held.empty()) continue;
    const auto earliest = std::ranges::min_element(
        held, {}, [](const Entry* held_entry) { return held_entry->deadline(); });
    REQUIRE(heap.first()->deadline() == (*earliest)->deadline());
  }
}
