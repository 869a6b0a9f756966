#include "common/event/timer_heap.hpp"

namespace hapair::event {

void TimerHeap::add(TimerEntry& entry) {
  entries_.push_back(&entry);
  rise(entries_.size() - 1, entry);
}

void TimerHeap::remove(TimerEntry& entry) {
  const std::size_t place = entry.place_;
  entry.place_ = TimerEntry::kNone;
  TimerEntry& last = *entries_.back();
  entries_.pop_back();
  if (&last == &entry) return;
  if (place > 0 && last.deadline_ < entries_[(place - 1) / 2]->deadline_) {
    rise(place, last);
  } else {
    sink(place, last);
  }
}

void TimerHeap::put(std::size_t place, TimerEntry& entry) {
  entries_[place] = &entry;
  entry.place_ = place;
}

void TimerHeap::rise(std::size_t place, TimerEntry& entry) {
  while (place > 0) {
    const std::size_t parent = (place - 1) / 2;
    if (entries_[parent]->deadline_ <= entry.deadline_) break;
    put(place, *entries_[parent]);
    place = parent;
  }
  put(place, entry);
}

void TimerHeap::sink(std::size_t place, TimerEntry& entry) {
  for (std::size_t child = 2 * place + 1; child < entries_.size(); child = 2 * place + 1) {
    if (child + 1 < entries_.size() &&
        entries_[child + 1]->deadline_ < entries_[child]->deadline_) {
      ++child;
    }
    if (entry.deadline_ <= entries_[child]->deadline_) break;
    put(place, *entries_[child]);
    place = child;
  }
  put(place, entry);
}

}  // namespace hapair::event
