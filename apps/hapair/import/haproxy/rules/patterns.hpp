// Texts as regular expressions (PCRE2), as hapair's matches take them: for comparisons that it has
// no keys for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hapair::importing::haproxy {

/// The longest expression that a config takes.
inline constexpr std::size_t kMaxRegex = 1024;

/// An expression that matches this text alone.
[[nodiscard]] std::string quoted_regex(std::string_view text);

/// "(?i)" before it, where case counts for nothing.
[[nodiscard]] std::string cased(std::string_view regex, bool ignore_case);

/// Expressions `before`(one of the texts)`after`, as few as fit; none of them is longer than
/// kMaxRegex unless a single text is.
[[nodiscard]] std::vector<std::string> regex_of(std::string_view before,
                                                const std::vector<std::string>& texts,
                                                std::string_view after, bool ignore_case);

/// Expressions of the file as they are, likewise together where they fit and refer to no groups.
[[nodiscard]] std::vector<std::string> joined_regex(const std::vector<std::string>& regexes,
                                                    bool ignore_case);

/// The expression must match from its beginning to its end anyway, so that a whole value is
/// replaced: "^...$", or "^...(.*)".
[[nodiscard]] bool covers_all(std::string_view regex);

/// It is no more than text behind an anchor, without anything special: "^/api/" is "/api/".
/// Empty: it is more.
[[nodiscard]] std::string plain_prefix(std::string_view regex);

}  // namespace hapair::importing::haproxy
