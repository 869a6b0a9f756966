// A keepalived.conf as a tree: a statement is a line of words, with a block behind it where it has
// one. The tree knows nothing of what the words mean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/sources.hpp"

namespace hapair::importing::keepalived {

struct Word {
  std::string text;  ///< without quotes and escapes
  std::uint32_t column = 1;
  bool quoted = false;
};

struct Statement {
  Place at;
  std::vector<Word> words;
  std::vector<Statement> block{};
  bool has_block = false;
  std::vector<Place> braces{};          ///< lines that hold nothing but braces of this block
  std::vector<std::string> comments{};  ///< on lines of their own above it
  std::string remark{};                 ///< the comment behind it
  std::vector<std::string> tail{};      ///< comments at the end of its block

  /// Empty where there are not so many words.
  [[nodiscard]] std::string_view word(std::size_t i) const {
    return i < words.size() ? std::string_view(words[i].text) : std::string_view();
  }
  [[nodiscard]] std::string_view name() const { return word(0); }
  [[nodiscard]] Place place_of(std::size_t i) const {
    Place out = at;
    if (i < words.size()) out.column = words[i].column;
    return out;
  }
  /// The last of that name in the block: the one that counts; nullptr: none.
  [[nodiscard]] const Statement* last(std::string_view name) const {
    const Statement* out = nullptr;
    for (const Statement& each : block) {
      if (each.name() == name) out = &each;
    }
    return out;
  }
  [[nodiscard]] std::vector<const Statement*> all(std::string_view name) const {
    std::vector<const Statement*> out;
    for (const Statement& each : block) {
      if (each.name() == name) out.push_back(&each);
    }
    return out;
  }
};

}  // namespace hapair::importing::keepalived
