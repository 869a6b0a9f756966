#include "apps/hapair/alerts/command_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::alerts {
namespace {

constexpr std::size_t kMaxWord = 250;  // bytes; what is not printable becomes up to four

std::string_view kind_of(const Alert& alert) {
  if (alert.id.starts_with("vrrp") || alert.id.starts_with("vip")) return "vip";
  if (alert.id.starts_with("backend")) return "backend";
  if (alert.id == "check-state" && alert.subject.find('/') == std::string::npos) return "target";
  return "server";
}

}  // namespace

std::vector<std::string> command_words(const Alert& alert) {
  std::vector<std::string> words{std::string(kind_of(alert))};
  for (const std::string* text : {&alert.subject, &alert.from, &alert.to, &alert.cause}) {
    words.push_back(base::printable(*text, kMaxWord));
  }
  return words;
}

void CommandQueue::add(Alert alert) {
  if (waiting_.size() >= settings_.capacity) {
    waiting_.pop_front();
    ++lost_;
  }
  waiting_.push_back({.alert = std::move(alert)});
}

bool CommandQueue::is_busy(const std::string& subject) const {
  return std::ranges::any_of(running_,
                             [&](const Entry& it) { return it.alert.subject == subject; });
}

std::vector<Alert> CommandQueue::begin(base::Instant now) {
  std::vector<Alert> now_due;
  while (!begun_.empty() && begun_.front() + kMinute <= now) begun_.pop_front();
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    if (running_.size() >= settings_.parallel || begun_.size() >= settings_.per_minute) break;
    if (is_busy(it->alert.subject)) {
      ++it;
      continue;
    }
    begun_.push_back(now);
    now_due.push_back(it->alert);
    running_.push_back(std::move(*it));
    it = waiting_.erase(it);
  }
  return now_due;
}

std::optional<Alert> CommandQueue::on_ended(std::uint64_t number, bool good) {
  const auto ended = std::ranges::find_if(
      running_, [number](const Entry& it) { return it.alert.number == number; });
  if (ended == running_.end()) return std::nullopt;
  Alert alert = std::move(ended->alert);
  running_.erase(ended);
  ++(good ? runs_ : failures_);
  return alert;
}

void CommandQueue::on_gone() {
  lost_ += std::erase_if(running_, [](const Entry& it) { return it.again; });
  for (Entry& entry : running_) entry.again = true;
  waiting_.insert(waiting_.begin(), std::make_move_iterator(running_.begin()),
                  std::make_move_iterator(running_.end()));
  running_.clear();
}

std::optional<base::Instant> CommandQueue::due() const {
  const bool rate_holds_it = !waiting_.empty() && running_.size() < settings_.parallel &&
                             begun_.size() >= settings_.per_minute;
  if (!rate_holds_it) return std::nullopt;
  return begun_.front() + kMinute;
}

}  // namespace hapair::alerts
