// Prose in lines of a given width.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hapair::cli {

/// Lines of at most `width` characters, broken at blanks; a longer word has a line of its own. One
/// empty line for an empty text.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// The sentences of a text: each ends with its full stop, question or exclamation mark.
[[nodiscard]] std::vector<std::string_view> sentences_of(std::string_view text);

}  // namespace hapair::cli
