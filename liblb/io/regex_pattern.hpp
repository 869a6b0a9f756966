// What the rules of liblb/core look for with regular expressions: PCRE2, with a limit on what a
// match may cost.
#pragma once

#include <cassert>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/text/regex.hpp"
#include "liblb/core/rules/pattern.hpp"

namespace hapair::lb {

class RegexPattern final : public rules::Pattern {
 public:
  explicit RegexPattern(text::Regex regex) : regex_(std::move(regex)) {}

  [[nodiscard]] rules::Found find(std::string_view text) const override {
    return as_found(regex_.search(text));
  }
  [[nodiscard]] rules::Found replace(std::string& text, std::string_view with) const override {
    return as_found(regex_.replace(text, with));
  }

 private:
  static rules::Found as_found(text::Regex::Found found) {
    switch (found) {
      case text::Regex::Found::kNo:
        return rules::Found::kNo;
      case text::Regex::Found::kYes:
        return rules::Found::kYes;
      case text::Regex::Found::kTooCostly:
        break;
    }
    return rules::Found::kTooCostly;
  }

  text::Regex regex_;
};

/// For expressions that were found good when the configuration was read.
class RegexPatterns final : public rules::PatternMaker {
 public:
  [[nodiscard]] std::shared_ptr<const rules::Pattern> make(const std::string& text) const override {
    auto regex = text::Regex::compile(text, text::Regex::Anchors::kText);
    assert(regex.has_value());
    return std::make_shared<RegexPattern>(*std::move(regex));
  }
};

}  // namespace hapair::lb
