#include "apps/hapair/guardian/decision_log.hpp"

#include <utility>

#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::guardian {

void DecisionLog::write(const base::LogRecord& record) noexcept {
  if (record.level > base::LogLevel::kInfo) return;
  add({.id = std::string(record.id),
       .subject = base::printable(record.subject, kMaxText),
       .cause = std::string(record.message.substr(0, kMaxText)),
       .at = event::now(),
       .wall = event::wall_now(),
       .figures = figures_ ? figures_() : Figures{}});
}

void DecisionLog::add(Decision decision) {
  if (pending_.size() == kCapacity) {
    pending_.pop_front();
    ++lost_;
  }
  pending_.push_back(std::move(decision));
}

}  // namespace hapair::guardian
