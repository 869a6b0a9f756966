#include "common/base/journal.hpp"

#include <algorithm>

namespace hapair::base {

std::uint64_t Journal::add(JournalEvent event) {
  event.number = next_++;
  if (!event.caused_by) event.caused_by = cause_;
  if (events_.size() == kCapacity) events_.pop_front();
  events_.push_back(std::move(event));
  for (JournalListener* listener : listeners_) listener->on_journal_event(events_.back());
  return events_.back().number;
}

void Journal::restore(std::vector<JournalEvent> events) {
  for (JournalEvent& event : events) {
    if (event.number <= restored_) continue;
    restored_ = event.number;
    if (events_.size() == kCapacity) events_.pop_front();
    events_.push_back(std::move(event));
  }
  next_ = restored_ + 1;
}

void Journal::go_on(std::vector<JournalEvent> earlier) {
  if (earlier.empty()) return;
  std::deque<JournalEvent> own;
  for (JournalEvent& event : events_) {
    if (event.number > restored_) own.push_back(std::move(event));
  }
  const std::uint64_t first = restored_ + 1;
  events_.clear();
  restored_ = 0;
  restore(std::move(earlier));
  const std::uint64_t shift = restored_ + 1 - std::min(first, restored_ + 1);
  for (JournalEvent& event : own) {
    if (event.caused_by && *event.caused_by >= first) event.caused_by = *event.caused_by + shift;
    event.number = next_++;
    if (events_.size() == kCapacity) events_.pop_front();
    events_.push_back(std::move(event));
  }
}

std::optional<std::uint64_t> Journal::last(std::string_view id, std::string_view subject) const {
  const auto found = std::find_if(events_.rbegin(), events_.rend(), [&](const JournalEvent& event) {
    return event.number > restored_ && event.id == id && event.subject == subject;
  });
  if (found == events_.rend()) return std::nullopt;
  return found->number;
}

}  // namespace hapair::base
