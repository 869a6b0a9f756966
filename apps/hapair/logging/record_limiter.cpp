#include "apps/hapair/logging/record_limiter.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::logging {

bool RecordLimiter::admit(const base::LogRecord& record, base::Instant now) {
  if (settings_.burst == 0 || record.level == base::LogLevel::kError) return true;
  Kind& kind = kind_of(record, now);
  kind.level = std::min(kind.level, record.level);
  if (++kind.count <= settings_.burst) return true;
  ++held_back_;
  if (!next_end_ || kind.end < *next_end_) next_end_ = kind.end;
  return false;
}

RecordLimiter::Kind& RecordLimiter::kind_of(const base::LogRecord& record, base::Instant now) {
  std::pair<std::string, std::string> key(record.id, record.subject);
  auto found = kinds_.find(key);
  if (found == kinds_.end() && kinds_.size() >= kMaxKinds) {
    sweep(now);
    // Subjects may come from outside, ids do not: what one id tells too much of hides no other.
    if (kinds_.size() >= kMaxKinds) key.second.clear();
    found = kinds_.find(key);
  }
  if (found == kinds_.end()) {
    return kinds_.emplace(std::move(key), Kind{.end = now + settings_.interval}).first->second;
  }
  Kind& kind = found->second;
  if (kind.end <= now && kind.count <= settings_.burst) kind = {.end = now + settings_.interval};
  return kind;
}

void RecordLimiter::sweep(base::Instant now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + settings_.interval / 4;
  std::erase_if(kinds_, [&](const auto& each) {
    return each.second.end <= now && each.second.count <= settings_.burst;
  });
}

std::vector<RecordLimiter::HeldBack> RecordLimiter::take_ended(base::Instant now) {
  std::vector<HeldBack> ended;
  if (!next_end_ || now < *next_end_) return ended;
  next_end_.reset();
  for (auto at = kinds_.begin(); at != kinds_.end();) {
    const auto& [key, kind] = *at;
    const bool over = kind.count > settings_.burst;
    if (!over || kind.end > now) {
      if (over && (!next_end_ || kind.end < *next_end_)) next_end_ = kind.end;
      ++at;
      continue;
    }
    ended.push_back({.level = kind.level,
                     .id = key.first,
                     .subject = key.second,
                     .held_back = kind.count - settings_.burst,
                     .of = kind.count});
    at = kinds_.erase(at);
  }
  return ended;
}

std::string RecordLimiter::describe(const HeldBack& what) const {
  return base::concat("held back ", what.held_back, " of ", what.of, " records ", what.id,
                      " within ", base::format_duration(settings_.interval));
}

}  // namespace hapair::logging
