// Text from outside for a screen of fixed width: what it may hold, how wide it is, and how it is
// cut.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hapair::top {

/// Valid UTF-8 without anything that a terminal would obey, or that has other text stand elsewhere
/// or vanish: each such character, or byte that is no UTF-8, becomes a question mark.
[[nodiscard]] std::string screen_safe(std::string_view text);

/// How many columns a safe text takes: East Asian characters two, combining ones none.
[[nodiscard]] std::size_t width_of(std::string_view safe);

/// At most so many columns of a safe text; "~" ends what was cut.
[[nodiscard]] std::string cut(std::string_view safe, std::size_t width);
/// The same with blanks behind (or before) it to exactly that width.
[[nodiscard]] std::string fit(std::string_view safe, std::size_t width, bool right = false);

}  // namespace hapair::top
