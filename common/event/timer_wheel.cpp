#include "common/event/timer_wheel.hpp"

#include <algorithm>

namespace hapair::event {

void WheelTimer::cancel() {
  armed_ = false;
  if (linked_) unlink();
}

void WheelTimer::unlink() {
  if (wheel_->cursor_ == this) wheel_->cursor_ = next_;
  if (prev_ != nullptr) {
    prev_->next_ = next_;
  } else {
    wheel_->slots_[slot_] = next_;
  }
  if (next_ != nullptr) next_->prev_ = prev_;
  prev_ = next_ = nullptr;
  linked_ = false;
}

void TimerWheel::arm(WheelTimer& timer, base::Instant deadline) {
  timer.deadline_ = deadline;
  timer.armed_ = true;
  timer.wheel_ = this;
  if (timer.linked_) {
    if (timer.slot_time_ <= deadline) return;  // found when its slot comes up
    timer.unlink();
  }
  link(timer);
}

void TimerWheel::link(WheelTimer& timer) {
  const base::Duration ahead = timer.deadline_ - reached_;
  const auto ticks = std::clamp<std::int64_t>((ahead + kTick - base::Duration(1)) / kTick, 1,
                                              static_cast<std::int64_t>(kSlots) - 1);
  timer.slot_ = static_cast<std::uint32_t>((current_ + static_cast<std::size_t>(ticks)) % kSlots);
  timer.slot_time_ = std::min(timer.deadline_, reached_ + ticks * kTick);
  timer.prev_ = nullptr;
  timer.next_ = slots_[timer.slot_];
  if (timer.next_ != nullptr) timer.next_->prev_ = &timer;
  slots_[timer.slot_] = &timer;
  timer.linked_ = true;
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
  cursor_ = slots_[slot];
  while (cursor_ != nullptr) {
    WheelTimer& timer = *cursor_;
    timer.unlink();  // moves the cursor on
    if (timer.deadline_ > now) {
      link(timer);
      continue;
    }
    timer.armed_ = false;
    timer.callback_();  // may destroy any timer, this one too
  }
}

}  // namespace hapair::event
