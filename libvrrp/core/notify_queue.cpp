#include "libvrrp/core/notify_queue.hpp"

namespace hapair::vrrp {

std::string_view to_string(NotifyState state) {
  switch (state) {
    case NotifyState::kMaster:
      return "MASTER";
    case NotifyState::kBackup:
      return "BACKUP";
    case NotifyState::kFault:
      return "FAULT";
    case NotifyState::kStop:
      return "STOP";
  }
  return "FAULT";
}

std::vector<std::string> notify_arguments(NotifySubject subject, std::string_view name,
                                          const Notice& notice) {
  return {subject == NotifySubject::kGroup ? "GROUP" : "INSTANCE", std::string(name),
          std::string(to_string(notice.state)), std::to_string(notice.priority)};
}

std::optional<Notice> NotifyQueue::push(const Notice& notice, base::Instant now) {
  if (stopped_) return std::nullopt;
  if (notice.state == NotifyState::kStop) {
    stopped_ = true;
    skipped_ += waiting_.size();
    waiting_.clear();
  } else if (waiting_.size() == kCapacity) {
    waiting_.pop_front();
    ++skipped_;
  }
  waiting_.push_back(notice);
  return running_ ? std::nullopt : start_next(now);
}

std::optional<Notice> NotifyQueue::on_end(const NotifyEnd& end, base::Instant now) {
  if (!running_) return std::nullopt;
  last_ = NotifyRun{
      .notice = *running_, .end = end, .timed_out = sent_ != Signal::kNone, .took = now - began_};
  running_.reset();
  return start_next(now);
}

NotifyQueue::Signal NotifyQueue::on_deadline(base::Instant now) {
  const auto due = deadline();
  if (!due || now < *due) return Signal::kNone;
  // The grace counts from the signal, not from when it was due: a late loop kills nobody early.
  sent_ = sent_ == Signal::kNone ? Signal::kTerminate : Signal::kKill;
  terminated_ = now;
  return sent_;
}

std::optional<base::Instant> NotifyQueue::deadline() const {
  if (!running_ || sent_ == Signal::kKill) return std::nullopt;
  return sent_ == Signal::kNone ? began_ + timeout_ : terminated_ + kGrace;
}

std::optional<Notice> NotifyQueue::start_next(base::Instant now) {
  if (waiting_.empty()) return std::nullopt;
  running_ = waiting_.front();
  waiting_.pop_front();
  began_ = now;
  sent_ = Signal::kNone;
  return running_;
}

}  // namespace hapair::vrrp
