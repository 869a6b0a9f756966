// Reads the journal's file back: lines as journal_line() writes them. Total; a line that is
// anything else, of an older version or damaged, is left out.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "common/base/journal.hpp"

namespace hapair::control {

[[nodiscard]] std::optional<base::JournalEvent> parse_journal_line(std::string_view line);

/// The last lines of a file, oldest first.
[[nodiscard]] std::vector<base::JournalEvent> parse_journal_lines(std::string_view text);

}  // namespace hapair::control
