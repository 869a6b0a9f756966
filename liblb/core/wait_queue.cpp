#include "liblb/core/wait_queue.hpp"

#include <algorithm>

namespace hapair::lb {

void Waiter::leave_queue() {
  if (queue_ != nullptr) queue_->remove(*this);
}

WaitQueue::~WaitQueue() {
  while (pop() != nullptr) {
  }
}

std::size_t WaitQueue::enter(Waiter& waiter, bool had_turn, int priority) {
  if (whole_->length_.current() >= whole_->limit_) return 0;
  waiter.queue_ = this;
  waiter.priority_ = priority;
  waiter.ticket_ = had_turn ? 0 : ++whole_->tickets_;
  auto line = line_of(priority);
  if (line == lines_.end() || line->priority != priority) {
    line = lines_.insert(line, Line{.priority = priority});
  }
  waiter.prev_ = had_turn ? nullptr : line->last;
  waiter.next_ = had_turn ? line->first : nullptr;
  (waiter.prev_ != nullptr ? waiter.prev_->next_ : line->first) = &waiter;
  (waiter.next_ != nullptr ? waiter.next_->prev_ : line->last) = &waiter;
  ++line->length;
  length_.add();
  if (whole_ != this) {
    whole_->length_.add();
    ++whole_->count_of(priority).waiters;
  }
  std::size_t place = had_turn ? 1 : line->length;
  for (auto before = lines_.begin(); before != line; ++before) place += before->length;
  for (const Count& in_parts : in_parts_) {
    const bool before = had_turn ? in_parts.priority < priority : in_parts.priority <= priority;
    if (before) place += in_parts.waiters;
  }
  return place;
}

Waiter* WaitQueue::pop() {
  if (empty()) return nullptr;
  Waiter* const waiter = lines_.front().first;
  remove(*waiter);
  return waiter;
}

bool WaitQueue::goes_before(const WaitQueue& other) const {
  const Waiter& ours = *lines_.front().first;
  const Waiter& theirs = *other.lines_.front().first;
  if (ours.priority_ != theirs.priority_) return ours.priority_ < theirs.priority_;
  return ours.ticket_ < theirs.ticket_;
}

std::vector<WaitQueue::Line>::iterator WaitQueue::line_of(int priority) {
  return std::ranges::lower_bound(lines_, priority, {}, &Line::priority);
}

WaitQueue::Count& WaitQueue::count_of(int priority) {
  const auto at = std::ranges::find(in_parts_, priority, &Count::priority);
  return at != in_parts_.end() ? *at : in_parts_.emplace_back(Count{.priority = priority});
}

void WaitQueue::remove(Waiter& waiter) {
  const auto line = line_of(waiter.priority_);
  (waiter.prev_ != nullptr ? waiter.prev_->next_ : line->first) = waiter.next_;
  (waiter.next_ != nullptr ? waiter.next_->prev_ : line->last) = waiter.prev_;
  if (--line->length == 0) lines_.erase(line);
  waiter.queue_ = nullptr;
  waiter.prev_ = waiter.next_ = nullptr;
  length_.remove();
  if (whole_ != this) {
    whole_->length_.remove();
    --whole_->count_of(waiter.priority_).waiters;
  }
}

}  // namespace hapair::lb
