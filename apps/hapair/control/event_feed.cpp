#include "apps/hapair/control/event_feed.hpp"

#include <algorithm>

#include "apps/hapair/control/status_json.hpp"
#include "common/base/text.hpp"

namespace hapair::control {

std::string EventFeed::next(const base::Journal& journal) {
  std::string lines;
  const auto& events = journal.events();
  auto event = std::ranges::upper_bound(events, told_, {}, &base::JournalEvent::number);
  // Without a number it asked for what there is, and has missed nothing.
  const bool overtaken = event == events.begin() && event != events.end() && told_ > 0;
  if (overtaken && event->number > told_ + 1) {
    lines = base::concat("{\"lost\":", event->number - told_ - 1, "}\n");
  }
  for (std::size_t i = 0; i < kBatch && event != events.end(); ++i, ++event) {
    lines += journal_line(*event) + '\n';
    told_ = event->number;
  }
  return lines;
}

}  // namespace hapair::control
