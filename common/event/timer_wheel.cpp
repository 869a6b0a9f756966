#include "common/event/timer_wheel.hpp"

#include <algorithm>

namespace hapair::event {

void WheelTimer::unlink() {
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
  link_ = nullptr;
}

void TimerWheel::arm(WheelTimer& timer, base::Instant deadline) {
  timer.deadline_ = deadline;
  if (timer.armed()) {
    if (timer.slot_time_ <= deadline) return;  // found when its slot comes up
    timer.unlink();
  }
  link(timer);
}

void TimerWheel::link(WheelTimer& timer) {
  const base::Duration ahead = timer.deadline_ - reached_;
  const auto ticks = std::clamp<std::int64_t>((ahead + kTick - base::Duration(1)) / kTick, 1,
                                              static_cast<std::int64_t>(kSlots) - 1);
  WheelTimer*& first = slots_[(current_ + static_cast<std::size_t>(ticks)) % kSlots];
  timer.slot_time_ = std::min(timer.deadline_, reached_ + ticks * kTick);
  timer.next_ = first;
  timer.link_ = &first;
  if (first != nullptr) first->link_ = &timer.next_;
  first = &timer;
}

void TimerWheel::advance(base::Instant now) {
  // After a long pause each slot is visited once, not once for every round that was missed.
  constexpr base::Duration kRound = kTick * static_cast<std::int64_t>(kSlots);
  if (now - reached_ > kRound) reached_ = now - kRound;
  while (reached_ + kTick <= now) {
    reached_ += kTick;
    current_ = (current_ + 1) % kSlots;
    visit(current_, now);
  }
}

void TimerWheel::visit(std::size_t slot, base::Instant now) {
  WheelTimer*& first = slots_[slot];  // link() never adds to the slot that is visited
  while (first != nullptr) {
    WheelTimer& timer = *first;
    timer.unlink();
    if (timer.deadline_ > now) {
      link(timer);
    } else {
      timer.callback_();  // may destroy any timer, this one too
    }
  }
}

}  // namespace hapair::event
