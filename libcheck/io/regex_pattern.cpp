#include "libcheck/io/regex_pattern.hpp"

#include <utility>

#include "common/text/regex.hpp"

namespace hapair::check {
namespace {

class RegexPattern final : public Pattern {
 public:
  explicit RegexPattern(text::Regex regex) : regex_(std::move(regex)) {}

  std::optional<std::size_t> match_end(std::string_view text) const override {
    const auto match = regex_.find(text);
    return match ? std::optional(match->end) : std::nullopt;
  }

 private:
  text::Regex regex_;
};

}  // namespace

std::unique_ptr<const Pattern> pattern_of(const PayloadMatch& match) {
  if (match.how != MatchHow::kRegex) return nullptr;
  return std::make_unique<RegexPattern>(text::Regex::compile(match.bytes).value());
}

StepPatterns patterns_of(const ScriptedCheck& check) {
  StepPatterns patterns;
  for (const ScriptStep& step : check.steps) {
    patterns.push_back(step.sends ? nullptr : pattern_of(step.expect));
  }
  return patterns;
}

HttpPatterns patterns_of(const HttpCheck& check) {
  HttpPatterns patterns;
  for (const FieldMatch& field : check.expect_fields) {
    patterns.fields.push_back(field.value ? pattern_of(*field.value) : nullptr);
  }
  if (check.expect_body) patterns.body = pattern_of(*check.expect_body);
  return patterns;
}

}  // namespace hapair::check
