// The tables of HAProxy's keywords by where they stand. A keyword that no part of the translation
// takes is treated as its table says; `--explain` and docs/import.md show the same.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "apps/hapair/import/haproxy/file.hpp"
#include "apps/hapair/import/keywords.hpp"

namespace hapair::importing::haproxy {

/// A word of `server` or `bind` lines, and how many words belong to it.
struct WordKeyword {
  Keyword keyword;
  std::size_t arguments = 0;
};

[[nodiscard]] std::span<const Keyword> section_keywords();
[[nodiscard]] std::span<const Keyword> global_keywords();
[[nodiscard]] std::span<const Keyword> proxy_keywords();
[[nodiscard]] std::span<const Keyword> option_keywords();
[[nodiscard]] std::span<const Keyword> check_keywords();
[[nodiscard]] std::span<const WordKeyword> server_keywords();
[[nodiscard]] std::span<const WordKeyword> bind_keywords();

/// The entry for the first words of a line, the longest first; nullptr where there is none.
[[nodiscard]] const Keyword* find_keyword(std::span<const Keyword> table, const Line& line);
[[nodiscard]] const WordKeyword* find_word(std::span<const WordKeyword> table,
                                           std::string_view word);

}  // namespace hapair::importing::haproxy
