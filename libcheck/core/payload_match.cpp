#include "libcheck/core/payload_match.hpp"

#include <algorithm>
#include <cassert>

#include "common/base/text.hpp"

namespace hapair::check {

std::optional<std::size_t> match_end(const PayloadMatch& match, std::string_view text,
                                     const Pattern* pattern) {
  switch (match.how) {
    case MatchHow::kContains: {
      const std::size_t at = text.find(match.bytes);
      if (at == std::string_view::npos) return std::nullopt;
      return at + match.bytes.size();
    }
    case MatchHow::kPrefix:
      if (!text.starts_with(match.bytes)) return std::nullopt;
      return match.bytes.size();
    case MatchHow::kLine: {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line != match.bytes) return std::nullopt;
      return std::min(end + 1, text.size());
    }
    case MatchHow::kRegex:
      assert(pattern != nullptr);
      return pattern->match_end(text);
  }
  return std::nullopt;
}

std::string describe(const PayloadMatch& match) {
  constexpr std::size_t kShown = 32;
  const std::string quoted = base::concat('"', base::printable(match.bytes, kShown), '"');
  // An expression is the operator's own text, full of backslashes.
  const std::string expression = base::concat('"', match.bytes, '"');
  const std::string_view no = match.negated ? "no " : "";
  switch (match.how) {
    case MatchHow::kContains:
      return base::concat(no, quoted);
    case MatchHow::kPrefix:
      return base::concat(no, quoted, " first");
    case MatchHow::kLine:
      return base::concat(match.negated ? "no line " : "the line ", quoted);
    case MatchHow::kRegex:
      return base::concat(match.negated ? "no match of " : "a match of ", expression);
  }
  return quoted;
}

}  // namespace hapair::check
