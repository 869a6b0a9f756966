#include "apps/hapair/worker/script_prober.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <utility>

#include "apps/hapair/scripts/kill_ladder.hpp"

namespace hapair::worker {
namespace {

using check::CheckCode;

/// After its time and its grace a script is killed; only a host that is gone tells of no end.
constexpr base::Duration kMargin = std::chrono::seconds(5);

bool is_own_shortage(std::uint32_t code) {
  return code == EAGAIN || code == ENOMEM || code == EMFILE || code == ENFILE;
}

CheckCode code_of(const scripts::ScriptResult& result, bool is_program) {
  if (result.ended_by == scripts::EndedBy::kNotStarted && is_own_shortage(result.number)) {
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
  return {.code = code_of(result, is_program_),
          .status = status,
          .duration = result.took,
          .info = std::move(info)};
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
