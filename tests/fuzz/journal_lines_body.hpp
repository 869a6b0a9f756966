// Any bytes in place of the journal's file: events that a journal can take in; what was read is
// written and read again as it was.
#pragma once

#include <cstdint>
#include <span>

#include "apps/hapair/control/journal_lines.hpp"
#include "apps/hapair/control/status_json.hpp"
#include "common/base/bytes.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_journal_lines(std::span<const std::uint8_t> bytes) {
  auto events = control::parse_journal_lines(base::as_text(bytes));
  for (const base::JournalEvent& event : events) {
    require(event.number > 0, "events count from 1");
    const std::string line = control::journal_line(event);
    require(line.find('\n') == std::string::npos, "an event is one line");
    const auto again = control::parse_journal_line(line);
    // Escapes may make a line longer than the limit.
    require(again.has_value() || line.size() > bytes.size(), "what was read can be read again");
    if (again) require(control::journal_line(*again) == line, "an event has one line");
  }
  base::Journal journal;
  journal.restore(std::move(events));
  const std::uint64_t last = journal.last_number();
  require(journal.events().empty() || journal.events().back().number == last, "numbers grow");
  require(journal.add({.id = "a", .subject = {}, .from = {}, .to = {}, .cause = {}}) == last + 1,
          "numbers go on");
}

}  // namespace hapair::fuzz
