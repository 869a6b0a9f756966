// Regular expressions (PCRE2) over bytes from strangers: what a match may cost is bounded, and one
// that would cost more is no match. Owns the compiled expression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hapair::text {

class Regex {
 public:
  Regex(Regex&& other) noexcept;
  Regex& operator=(Regex&& other) noexcept;
  ~Regex();

  /// Where "^" and "$" match: also at line ends (LF, CR or CR LF), or at both ends of the text
  /// only.
  enum class Anchors : std::uint8_t { kLines, kText };
  /// Perl's syntax over single bytes. Fails with where and why.
  [[nodiscard]] static base::Result<Regex> compile(std::string_view expression,
                                                   Anchors anchors = Anchors::kLines);

  struct Match {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  /// The first match; nullopt: there is none, or looking for it would cost too much.
  [[nodiscard]] std::optional<Match> find(std::string_view text) const;

  enum class Found : std::uint8_t { kNo, kYes, kTooCostly };
  [[nodiscard]] Found search(std::string_view text) const;
  /// Puts `with` in place of the first match; "\0" in it stands for the whole match, "\1" to "\9"
  /// for its groups, and "\\" for a backslash. `text` is left alone unless there is a match.
  [[nodiscard]] Found replace(std::string& text, std::string_view with) const;

 private:
  struct Code;

  explicit Regex(std::unique_ptr<Code> code);
  /// As pcre2_match() returns it.
  [[nodiscard]] int match(std::string_view text) const;

  std::unique_ptr<Code> code_;
};

}  // namespace hapair::text
