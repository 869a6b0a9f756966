// Any protocol over TCP as a list of steps: say this, expect that. An expectation takes what it
// found and all before it; the next one looks behind that.
//
// What must not come is judged by the next whole line (or what is left when the server closes);
// at the start of what comes, by as many bytes as it has.
#pragma once

#include <compare>
#include <memory>
#include <string>
#include <vector>

#include "libcheck/core/dialogue.hpp"
#include "libcheck/core/payload_match.hpp"

namespace hapair::check {

struct ScriptStep {
  bool sends = true;
  std::string send{};     ///< where it sends
  PayloadMatch expect{};  ///< where it does not
  std::string comment{};  ///< what the step is for, as the reason of a failure has it

  auto operator<=>(const ScriptStep&) const = default;
};

struct ScriptedCheck {
  std::vector<ScriptStep> steps{};  ///< at least one

  auto operator<=>(const ScriptedCheck&) const = default;
};

/// By step: those of regular expressions, null for the others.
using StepPatterns = std::vector<std::unique_ptr<const Pattern>>;

/// Both outlive the dialogue.
[[nodiscard]] std::unique_ptr<Dialogue> make_dialogue(const ScriptedCheck& check,
                                                      const StepPatterns& patterns);

}  // namespace hapair::check
