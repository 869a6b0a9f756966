// A regular expression as rules see it: what stands behind it is not the core's matter.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hapair::lb::rules {

/// What looking for a match has found. A text may be made to cost more than a match is worth.
enum class Found : std::uint8_t { kNo, kYes, kTooCostly };

class Pattern {
 public:
  virtual ~Pattern() = default;

  [[nodiscard]] virtual Found find(std::string_view text) const = 0;
  /// Puts `with` in place of the first match, where "\0" to "\9" in it stand for the whole match
  /// and its groups. `text` is left alone unless there is a match.
  [[nodiscard]] virtual Found replace(std::string& text, std::string_view with) const = 0;
};

/// An expression in a rule. The text is what a rule says; compiling the rules makes the pattern,
/// which copies of a rule share since it never changes.
struct PatternText {
  std::string text{};
  std::shared_ptr<const Pattern> made{};

  [[nodiscard]] bool given() const { return !text.empty(); }
  bool operator==(const PatternText& other) const { return text == other.text; }
};

/// Makes patterns of texts that are known to be good ones.
class PatternMaker {
 public:
  [[nodiscard]] virtual std::shared_ptr<const Pattern> make(const std::string& text) const = 0;

 protected:
  ~PatternMaker() = default;
};

}  // namespace hapair::lb::rules
