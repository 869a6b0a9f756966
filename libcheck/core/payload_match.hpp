// What bytes from a server must look like, and what they must not.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hapair::check {

enum class MatchHow : std::uint8_t {
  kContains,  ///< the bytes, anywhere
  kPrefix,    ///< the bytes, at the start
  kLine,      ///< the first line is this, without its end
  kRegex,     ///< the pattern matches somewhere
};

struct PayloadMatch {
  MatchHow how = MatchHow::kContains;
  std::string bytes{};  ///< not empty but for kLine; of kRegex the pattern's text
  bool negated = false;

  auto operator<=>(const PayloadMatch&) const = default;
};

/// A compiled regular expression, bounded in what a match may cost.
class Pattern {
 public:
  virtual ~Pattern() = default;
  /// Where the first match ends; nullopt: there is none, or it would cost too much.
  [[nodiscard]] virtual std::optional<std::size_t> match_end(std::string_view text) const = 0;
};

/// Where what is looked for ends in `text`, which is all there is; the negation is not looked at.
/// `pattern` is that of kRegex, else null.
[[nodiscard]] std::optional<std::size_t> match_end(const PayloadMatch& match, std::string_view text,
                                                   const Pattern* pattern);

/// "\"220\"", "a line \"PONG\"", "no match of \"^-ERR\"", for a log line.
[[nodiscard]] std::string describe(const PayloadMatch& match);

}  // namespace hapair::check
