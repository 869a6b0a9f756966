#include "apps/hapair/worker/script_prober.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "apps/hapair/scripts/kill_ladder.hpp"
#include "apps/hapair/scripts/own_shortage.hpp"
#include "common/base/text.hpp"
#include "libcheck/core/agent_dialogue.hpp"

namespace hapair::worker {
namespace {

using check::CheckCode;

/// After its time and its grace a script is killed; only a host that is gone tells of no end.
constexpr base::Duration kMargin = std::chrono::seconds(5);

/// "weight=75%" at the start of what a program says: how much of its weight a server wants.
std::optional<std::uint16_t> weight_of(std::string_view line) {
  constexpr std::string_view kMark = "weight=";
  if (!line.starts_with(kMark)) return std::nullopt;
  line.remove_prefix(kMark.size());
  const std::size_t end = line.find('%');
  const auto percent = base::parse_unsigned(line.substr(0, end));
  if (!percent || end == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint16_t>(std::min<std::uint64_t>(*percent, check::kMaxAgentWeight));
}

CheckCode code_of(const scripts::ScriptResult& result, bool is_program) {
  if (result.ended_by == scripts::EndedBy::kNotStarted && scripts::is_own_shortage(result.number)) {
    return CheckCode::kSocketError;
  }
  if (!is_program && !result.timed_out && result.ended_by == scripts::EndedBy::kExit) {
    return result.good() ? CheckCode::kStateGood : CheckCode::kStateBad;
  }
  if (result.good()) return CheckCode::kProcessOk;
  return result.timed_out ? CheckCode::kProcessTimeout : CheckCode::kProcessError;
}

}  // namespace

ScriptProber::ScriptProber(event::EventLoop& loop, ScriptPort& port, std::size_t script,
                           const config::Script& what, check::ProbeHandler& handler)
    : loop_(loop),
      port_(port),
      script_(script),
      is_program_(what.kind == scripts::ScriptKind::kProgram),
      patience_(what.timeout + scripts::KillLadder::kGrace + kMargin),
      handler_(handler),
      refused_(loop, event::Priority::kCheck,
               event::Callback<>::to<&ScriptProber::on_refused>(this)),
      overdue_(loop, event::Priority::kCheck,
               event::Callback<>::to<&ScriptProber::on_overdue>(this)) {}

void ScriptProber::start(base::Instant now) {
  assert(!running_);
  running_ = true;
  began_ = now;
  if (port_.run(script_)) {
    overdue_.arm_at(now + patience_);
  } else {
    refused_.schedule();
  }
}

check::CheckResult ScriptProber::judge(const scripts::ScriptResult& result) const {
  const bool by_itself = result.ended_by == scripts::EndedBy::kExit && !result.timed_out;
  const auto status =
      is_program_ && by_itself ? static_cast<std::uint16_t>(result.number) : std::uint16_t{0};
  std::string info = by_itself || !result.line.empty() ? result.line : result.how();
  info.resize(std::min(info.size(), check::CheckResult::kMaxInfo));
  const auto weight = is_program_ ? weight_of(result.line) : std::nullopt;
  check::CheckResult judged{.code = code_of(result, is_program_),
                            .status = status,
                            .duration = result.took,
                            .info = std::move(info)};
  if (weight) judged.agent = check::AgentWord{.weight_percent = weight};
  return judged;
}

void ScriptProber::on_ended(const scripts::ScriptResult& result) {
  if (running_) finish(judge(result));
}

void ScriptProber::on_refused() noexcept {
  finish({.code = CheckCode::kSocketError, .info = "no script is run at present"});
}

void ScriptProber::on_overdue() noexcept {
  finish({.code = CheckCode::kSocketError, .info = "its end was never told"});
}

void ScriptProber::finish(check::CheckResult result) {
  end();
  result.duration = loop_.now() - began_;
  handler_.on_probe_result(std::move(result));
}

void ScriptProber::end() {
  if (!running_) return;
  running_ = false;
  refused_.cancel();
  overdue_.cancel();
}

}  // namespace hapair::worker
