// The report of an import: what became of each line, for people and as JSON for programs.
#pragma once

#include <string>

#include "apps/hapair/import/import.hpp"

namespace hapair::importing {

/// The count, the faults, what is to be decided, and each line that is not simply kept.
[[nodiscard]] std::string text_report(const Context& context, const Outcome& outcome);

/// The same, with all lines of all files.
[[nodiscard]] std::string json_report(const Context& context, const Outcome& outcome);

}  // namespace hapair::importing
