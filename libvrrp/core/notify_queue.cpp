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

std::optional<Notice> NotifyQueue::push(std::span<const Notice> runs) {
  if (stopped_) return std::nullopt;
  for (const Notice& run : runs) {
    if (run.state == NotifyState::kStop && !stopped_) {
      stopped_ = true;
      skipped_ += waiting_.size();
      waiting_.clear();
    }
    if (waiting_.size() == kCapacity) {
      waiting_.pop_front();
      ++skipped_;
    }
    waiting_.push_back(run);
  }
  return running_ ? std::nullopt : start_next();
}

std::optional<Notice> NotifyQueue::on_end() {
  if (!running_) return std::nullopt;
  running_.reset();
  return start_next();
}

std::optional<Notice> NotifyQueue::start_next() {
  if (waiting_.empty()) return std::nullopt;
  running_ = waiting_.front();
  waiting_.pop_front();
  return running_;
}

}  // namespace hapair::vrrp
