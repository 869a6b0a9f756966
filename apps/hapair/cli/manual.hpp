// The manual page hapair(8), in the language mdoc(7).
#pragma once

#include <string>

namespace hapair::cli {

[[nodiscard]] std::string render_manual();

/// A usage of a command as macros, each on a line: "[--yes] VIP" as ".Op Fl -yes" and ".Ar vip".
[[nodiscard]] std::string mdoc_usage(std::string_view usage);
/// Prose: a line for each sentence, or more; nothing in it is taken for a macro.
[[nodiscard]] std::string mdoc_prose(std::string_view text);

}  // namespace hapair::cli
