// The table of all keywords that the import knows, and how each is treated: `hapair import
// --explain KEYWORD` and docs/import.md are made from it, and nothing else is said of a keyword.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "apps/hapair/import/account.hpp"
#include "apps/hapair/import/sources.hpp"
#include "common/base/result.hpp"

namespace hapair::importing {

struct Keyword {
  std::string_view word;  ///< "virtual_router_id", "option forwardfor", "http-request deny"
  std::string_view
      where;  ///< the block or sections it stands in: "vrrp_instance", "defaults, frontend"
  Fate fate = Fate::kKept;  ///< kKept, kChanged, kNotNeeded or kNotSupported: the usual one
  /// A sentence or two: what it becomes (`key` names in backticks), why not, or what instead.
  std::string_view text;
};

/// Each part has its table: sorted by nothing, as the pages show them.
namespace keepalived {
[[nodiscard]] std::span<const Keyword> keywords();
}
namespace haproxy {
[[nodiscard]] std::span<const Keyword> keywords();       ///< sections, options, server words, ...
[[nodiscard]] std::span<const Keyword> rule_keywords();  ///< ACLs, rules, sample fetches, ...
}  // namespace haproxy

/// For `--explain`: all entries of that word (with or without its first words: "forwardfor" finds
/// "option forwardfor"), as text. An error where there is none; it names the nearest word.
[[nodiscard]] base::Result<std::string> explain_keyword(std::string_view word);

/// docs/import.md's tables, between its markers.
[[nodiscard]] std::string keyword_tables();

}  // namespace hapair::importing
