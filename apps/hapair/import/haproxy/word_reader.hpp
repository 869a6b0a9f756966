// The words behind the address of a `bind` or `server` line, each with what belongs to it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/keyword_table.hpp"
#include "apps/hapair/import/haproxy/report.hpp"

namespace hapair::importing::haproxy {

struct ReadWord {
  std::string_view name;
  std::string_view value;  ///< empty where none belongs to it
  Place at;
};

/// From the `first` word on. What the table says is not kept is reported here; an unknown word is
/// left out with what stands behind it up to the next known one.
[[nodiscard]] std::vector<ReadWord> read_words(Report& report, const Line& line, std::size_t first,
                                               std::span<const WordKeyword> table);

}  // namespace hapair::importing::haproxy
