// `if` and `unless` behind a rule: names of ACLs and tests in braces, joined by and (no word), or
// (`or`, `||`) and not (`!`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/file.hpp"
#include "common/base/result.hpp"

namespace hapair::importing::haproxy {

/// One test of a condition.
struct Term {
  bool negated = false;
  std::string acl;         ///< the name of an ACL; empty for a test in braces
  std::vector<Word> test;  ///< what stands in the braces: fetch, flags, patterns
  std::uint32_t column = 1;
};

/// Alternatives, in each of which all terms hold.
using AnyOf = std::vector<std::vector<Term>>;

struct Condition {
  bool unless = false;  ///< true: the rule counts where none of the alternatives holds
  AnyOf any_of;
};

/// A rule in its two parts.
struct ConditionalRule {
  std::vector<Word> words;             ///< without the condition
  std::optional<Condition> condition;  ///< none: always
};

/// Divides the words of a rule at its `if` or `unless`, from `first` on. Errors are sentences.
[[nodiscard]] base::Result<ConditionalRule> split_condition(std::span<const Word> words,
                                                            std::size_t first = 1);

}  // namespace hapair::importing::haproxy
