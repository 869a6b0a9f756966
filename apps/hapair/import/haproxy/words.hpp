// A line of an haproxy.cfg divided into its words: quotes, escapes and variables as HAProxy has
// them (configuration.txt, section 2.2 and 2.3).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/file.hpp"

namespace hapair::importing::haproxy {

/// The value of a variable; nullopt where it is not set.
using Variables = std::function<std::optional<std::string>(std::string_view)>;

struct Words {
  std::vector<Word> words;
  std::optional<std::string> comment;  ///< what stands behind '#', without blanks at its ends
  std::vector<std::string> unset;      ///< variables without a value; they stand for nothing
  std::vector<ParseFault> faults;      ///< with their column alone; the words are no good then
};

/// `line` is without its line end. Single quotes keep all as it is; in double quotes variables
/// ($NAME, ${NAME}, ${NAME-default}, ${NAME[*]}) and escapes count; outside of both only escapes.
[[nodiscard]] Words split_words(std::string_view line, const Variables& variables);

/// Variables outside of quotes, which HAProxy replaces in addresses alone.
[[nodiscard]] std::string expand_address(std::string_view text, const Variables& variables,
                                         std::vector<std::string>& unset);

}  // namespace hapair::importing::haproxy
