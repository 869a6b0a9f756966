// Regular expressions (PCRE2) over bytes from strangers: what a match may cost is bounded, and one
// that would cost more is no match. Owns the compiled expression.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "common/base/result.hpp"

namespace hapair::text {

class Regex {
 public:
  Regex(Regex&& other) noexcept;
  Regex& operator=(Regex&& other) noexcept;
  ~Regex();

  /// Perl's syntax over single bytes; "^" and "$" also match at line ends (LF, CR or CR LF). Fails
  /// with where and why.
  [[nodiscard]] static base::Result<Regex> compile(std::string_view expression);

  struct Match {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  /// The first match; nullopt: there is none, or looking for it would cost too much.
  [[nodiscard]] std::optional<Match> find(std::string_view text) const;

 private:
  struct Code;

  explicit Regex(std::unique_ptr<Code> code);

  std::unique_ptr<Code> code_;
};

}  // namespace hapair::text
