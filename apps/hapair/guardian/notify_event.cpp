#include "apps/hapair/guardian/notify_event.hpp"

#include <chrono>

#include "common/base/text.hpp"

namespace hapair::guardian {

base::JournalEvent notify_event(const std::string& subject, const std::string& script,
                                const NotifyEnded& ended) {
  const scripts::ScriptResult& result = ended.result;
  base::JournalEvent event{.id = result.good() ? "notify-ran" : "notify-failed",
                           .subject = subject,
                           .from = {},
                           .to = std::string(to_string(ended.state)),
                           .cause = base::concat(script, ": ", result.how())};
  event.figures = {
      {"took", base::format_duration(std::chrono::round<std::chrono::microseconds>(result.took))},
      {"priority", base::concat(ended.priority)},
      {"waiting", base::concat(ended.waiting)},
      {"skipped", base::concat(ended.skipped)}};
  if (!result.line.empty() && result.ended_by != scripts::EndedBy::kNotStarted) {
    event.figures.emplace_back("output", result.line);
  }
  return event;
}

}  // namespace hapair::guardian
