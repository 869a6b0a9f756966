#include "libcheck/core/scripted_dialogue.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {
namespace {

/// What an expectation makes of what has come.
struct Look {
  enum class Outcome { kWait, kMet, kFailed };
  Outcome outcome = Outcome::kWait;
  std::size_t consumed = 0;
};

class ScriptedDialogue final : public Dialogue {
 public:
  ScriptedDialogue(const ScriptedCheck& check, const StepPatterns& patterns)
      : steps_(check.steps), patterns_(patterns) {}

  Move open() override { return advance({}, false); }
  Move read(base::Bytes pending) override { return advance(base::as_text(pending), false); }
  Finding on_eof(base::Bytes pending) override;
  std::string awaited() const override {
    return base::concat("answer that ", step_name(), " expects");
  }

 private:
  Move advance(std::string_view pending, bool is_all);
  [[nodiscard]] Look look(std::string_view pending, bool is_all) const;
  [[nodiscard]] Look look_for(const PayloadMatch& match, std::string_view pending,
                              bool is_all) const;
  [[nodiscard]] Look look_against(const PayloadMatch& match, std::string_view pending,
                                  bool is_all) const;
  [[nodiscard]] Finding fail(std::string_view pending) const;
  [[nodiscard]] std::string step_name() const;

  const std::vector<ScriptStep>& steps_;
  const StepPatterns& patterns_;
  std::size_t at_ = 0;
  std::string last_;  ///< what met the last expectation
};

/// Takes all steps that can be taken now.
Move ScriptedDialogue::advance(std::string_view pending, bool is_all) {
  Move move;
  for (; at_ < steps_.size(); ++at_) {
    const ScriptStep& step = steps_[at_];
    if (step.sends) {
      move.send += step.send;
      continue;
    }
    const std::string_view rest = pending.substr(move.consumed);
    const Look found = look(rest, is_all);
    if (found.outcome == Look::Outcome::kWait) return move;
    if (found.outcome == Look::Outcome::kFailed) {
      move.finding = fail(rest);
      return move;
    }
    if (found.consumed > 0) last_ = shown(rest.substr(0, found.consumed));
    move.consumed += found.consumed;
  }
  move.finding = passed(last_);
  return move;
}

Look ScriptedDialogue::look(std::string_view pending, bool is_all) const {
  const PayloadMatch& match = steps_[at_].expect;
  if (pending.empty() && !is_all) return {};
  return match.negated ? look_against(match, pending, is_all) : look_for(match, pending, is_all);
}

Look ScriptedDialogue::look_for(const PayloadMatch& match, std::string_view pending,
                                bool is_all) const {
  using enum Look::Outcome;
  const bool whole_line = pending.find('\n') != std::string_view::npos;
  if (match.how == MatchHow::kLine && !whole_line && !is_all) return {.outcome = kWait};
  if (const auto end = match_end(match, pending, patterns_[at_].get())) {
    return {.outcome = kMet, .consumed = *end};
  }
  if (match.how == MatchHow::kLine) return {.outcome = kFailed};
  const bool hopeless = match.how == MatchHow::kPrefix && !match.bytes.starts_with(pending);
  return {.outcome = hopeless ? kFailed : kWait};
}

Look ScriptedDialogue::look_against(const PayloadMatch& match, std::string_view pending,
                                    bool is_all) const {
  using enum Look::Outcome;
  if (match.how == MatchHow::kPrefix) {
    if (pending.starts_with(match.bytes)) return {.outcome = kFailed};
    const bool may_become_it = match.bytes.starts_with(pending) && !is_all;
    return {.outcome = may_become_it ? kWait : kMet};
  }
  const std::size_t end = pending.find('\n');
  if (end == std::string_view::npos && !is_all) return {.outcome = kWait};
  const std::string_view line = pending.substr(0, end == std::string_view::npos ? end : end + 1);
  if (match_end(match, line, patterns_[at_].get())) return {.outcome = kFailed};
  return {.outcome = kMet, .consumed = line.size()};
}

Finding ScriptedDialogue::on_eof(base::Bytes pending) {
  Move move = advance(base::as_text(pending), true);
  // What is sent now reaches nobody, but a script may end with taking leave.
  if (move.finding) return *std::move(move.finding);
  return Dialogue::on_eof(pending.subspan(move.consumed));
}

Finding ScriptedDialogue::fail(std::string_view pending) const {
  return malformed(base::concat(step_name(), " expected ", describe(steps_[at_].expect), ", got \"",
                                shown(pending.substr(0, pending.find('\n'))), '"'));
}

std::string ScriptedDialogue::step_name() const {
  const std::string& comment = steps_[std::min(at_, steps_.size() - 1)].comment;
  std::string name = base::concat("step ", at_ + 1);
  if (!comment.empty()) name += base::concat(" (", base::printable(comment), ")");
  return name;
}

}  // namespace

std::unique_ptr<Dialogue> make_dialogue(const ScriptedCheck& check, const StepPatterns& patterns) {
  return std::make_unique<ScriptedDialogue>(check, patterns);
}

}  // namespace hapair::check
