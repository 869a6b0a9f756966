// Regular expressions as libcheck's core wants them.
#pragma once

#include <memory>

#include "libcheck/core/http_check.hpp"
#include "libcheck/core/payload_match.hpp"
#include "libcheck/core/scripted_dialogue.hpp"

namespace hapair::check {

/// Null where the match is by no expression. Its expression must be one: whoever made the check has
/// tried it (text::Regex::compile).
[[nodiscard]] std::unique_ptr<const Pattern> pattern_of(const PayloadMatch& match);
[[nodiscard]] StepPatterns patterns_of(const ScriptedCheck& check);
[[nodiscard]] HttpPatterns patterns_of(const HttpCheck& check);

}  // namespace hapair::check
