// One line of a keepalived.conf: where its comment begins, and what its words are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "apps/hapair/import/keepalived/statement.hpp"

namespace hapair::importing::keepalived {

template <class List>
bool is_one_of(std::string_view word, const List& list) {
  return std::ranges::find(list, word) != list.end();
}

struct SplitLine {
  std::string_view code;     ///< without blanks at both ends
  std::string_view comment;  ///< behind `#` or `!`, without these and blanks
  bool has_comment = false;
  std::uint32_t column = 1;  ///< where the code begins
};

/// `#` and `!` begin a comment anywhere, but not in quotes or behind a backslash.
[[nodiscard]] SplitLine split_comment(std::string_view line);

struct LineWords {
  std::vector<Word> words;  ///< a brace outside quotes is a word of its own
  bool open_quote = false;  ///< a quote has no end
};
[[nodiscard]] LineWords words_of(std::string_view code, std::uint32_t column);

}  // namespace hapair::importing::keepalived
