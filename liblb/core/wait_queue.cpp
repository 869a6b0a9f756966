#include "liblb/core/wait_queue.hpp"

namespace hapair::lb {

void Waiter::leave_queue() {
  if (queue_ != nullptr) queue_->remove(*this);
}

WaitQueue::~WaitQueue() {
  while (pop() != nullptr) {
  }
}

std::size_t WaitQueue::enter(Waiter& waiter, bool had_turn) {
  if (whole_->length_.current() >= whole_->limit_) return 0;
  waiter.queue_ = this;
  waiter.ticket_ = had_turn ? 0 : ++whole_->tickets_;
  waiter.prev_ = had_turn ? nullptr : last_;
  waiter.next_ = had_turn ? first_ : nullptr;
  (waiter.prev_ != nullptr ? waiter.prev_->next_ : first_) = &waiter;
  (waiter.next_ != nullptr ? waiter.next_->prev_ : last_) = &waiter;
  length_.add();
  if (whole_ != this) whole_->length_.add();
  return had_turn ? 1 : length_.current();
}

Waiter* WaitQueue::pop() {
  Waiter* const waiter = first_;
  if (waiter != nullptr) remove(*waiter);
  return waiter;
}

void WaitQueue::remove(Waiter& waiter) {
  (waiter.prev_ != nullptr ? waiter.prev_->next_ : first_) = waiter.next_;
  (waiter.next_ != nullptr ? waiter.next_->prev_ : last_) = waiter.prev_;
  waiter.queue_ = nullptr;
  waiter.prev_ = waiter.next_ = nullptr;
  length_.remove();
  if (whole_ != this) whole_->length_.remove();
}

}  // namespace hapair::lb
