#include "apps/hapair/alerts/alert_queue.hpp"

#include <algorithm>
#include <utility>

namespace hapair::alerts {

void AlertQueue::add(Alert alert, base::Instant now) {
  if (waiting_.size() == settings_.capacity) {
    waiting_.pop_front();
    ++lost_;
  }
  if (waiting_.empty()) first_ = now;
  waiting_.push_back(std::move(alert));
}

std::optional<base::Instant> AlertQueue::due() const {
  if (out_) return std::nullopt;
  if (!batch_.empty()) return try_again_;
  if (waiting_.empty()) return std::nullopt;
  base::Instant due = *first_ + std::min(kGather, settings_.group);
  if (last_begun_) due = std::max(due, *last_begun_ + settings_.group);
  return due;
}

std::vector<Alert> AlertQueue::begin(base::Instant now) {
  const auto at = due();
  if (!at || now < *at) return {};
  if (batch_.empty()) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), settings_.batch));
    std::move(waiting_.begin(), waiting_.begin() + count, std::back_inserter(batch_));
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    first_ = now;  // of what is left
    last_begun_ = now;
  }
  out_ = true;
  return batch_;
}

void AlertQueue::on_sent() {
  ++messages_;
  out_ = false;
  batch_.clear();
  failed_tries_ = 0;
  backoff_ = settings_.retry;
}

bool AlertQueue::on_failed(bool again, base::Instant now) {
  ++failures_;
  out_ = false;
  if (again && ++failed_tries_ < settings_.tries) {
    try_again_ = now + backoff_;
    backoff_ = std::min(backoff_ * 2, kMaxRetry);
    return true;
  }
  lost_ += batch_.size();
  batch_.clear();
  failed_tries_ = 0;
  backoff_ = settings_.retry;
  return false;
}

}  // namespace hapair::alerts
