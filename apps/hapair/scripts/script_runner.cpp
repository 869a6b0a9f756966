#include "apps/hapair/scripts/script_runner.hpp"

#include <signal.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "apps/hapair/scripts/own_shortage.hpp"
#include "common/base/text.hpp"

namespace hapair::scripts {

bool ScriptRunner::start(Job job) {
  if (knows(job.number)) return false;
  waiting_.push_back(std::move(job));
  return true;
}

bool ScriptRunner::knows(std::size_t job) const {
  return std::ranges::any_of(waiting_, [job](const Job& it) { return it.number == job; }) ||
         std::ranges::any_of(running_, [job](const Running& it) { return it.job.number == job; });
}

bool ScriptRunner::has_room(const Job& job) const {
  const auto like_it =
      std::ranges::count_if(running_, [&](const Running& it) { return it.job.lane == job.lane; });
  return static_cast<std::size_t>(like_it) < room_of(job.lane);
}

void ScriptRunner::add_fds(std::vector<pollfd>& into) const {
  for (const Running& run : running_) {
    into.push_back({.fd = run.process.process_fd(), .events = POLLIN, .revents = 0});
    into.push_back({.fd = run.process.output_fd(), .events = POLLIN, .revents = 0});
  }
}

void ScriptRunner::turn(base::Instant now) {
  std::vector<std::pair<std::size_t, ScriptResult>> ended;
  for (auto run = running_.begin(); run != running_.end();) {
    advance(*run, now);
    const auto end = run->process.ended(run->ladder.timed_out());
    if (!end) {
      ++run;
      continue;
    }
    if (noted_ != nullptr) noted_->remove(run->group);
    if (!end->seen.empty()) listener_.on_seen(run->job.number, end->seen);
    const bool started = end->ended_by != EndedBy::kNotStarted;
    if (!started && put_off(run->job, end->number, now)) {
      run = running_.erase(run);
      continue;
    }
    ended.emplace_back(run->job.number,
                       ScriptResult{.ended_by = end->ended_by,
                                    .number = end->number,
                                    .timed_out = run->ladder.timed_out(),
                                    .took = now - run->ladder.began(),
                                    .line = started ? run->process.line() : end->reason});
    run = running_.erase(run);
  }
  for (const auto& [job, result] : ended) listener_.on_script_end(job, result);
  begin(now);
}

void ScriptRunner::advance(Running& run, base::Instant now) {
  run.process.read_output();
  if (until_) run.ladder.shorten(*until_);
  switch (run.ladder.on_time(now)) {
    case KillLadder::Signal::kTerminate:
      run.process.signal(SIGTERM);
      return;
    case KillLadder::Signal::kKill:
      run.process.signal(SIGKILL);
      return;
    case KillLadder::Signal::kNone:
      return;
  }
}

/// Those whose kind has no room stay; what can't be started is reported, and may start anew in the
/// next turn.
void ScriptRunner::begin(base::Instant now) {
  std::deque<Job> staying;
  std::vector<std::pair<std::size_t, ScriptResult>> failed;
  for (Job& job : std::exchange(waiting_, {})) {
    if (!has_room(job) || now < job.due) {
      staying.push_back(std::move(job));
      continue;
    }
    auto process = ScriptProcess::start(*job.script, job.extra);
    if (!process) {
      const base::Error& error = process.error();
      if (put_off(job, static_cast<std::uint32_t>(error.os_errno), now)) continue;
      failed.emplace_back(
          job.number, ScriptResult{.ended_by = EndedBy::kNotStarted,
                                   .number = static_cast<std::uint32_t>(error.os_errno),
                                   .line = base::printable(error.message, ScriptResult::kMaxLine)});
      continue;
    }
    const KillLadder ladder(now, job.script->timeout);
    const pid_t group = process->pid();
    if (noted_ != nullptr) noted_->add(group);
    running_.push_back({std::move(job), std::move(*process), ladder, group});
  }
  // Before those that were put off just now.
  waiting_.insert(waiting_.begin(), std::make_move_iterator(staying.begin()),
                  std::make_move_iterator(staying.end()));
  for (const auto& [job, result] : failed) listener_.on_script_end(job, result);
}

bool ScriptRunner::put_off(Job& job, std::uint32_t code, base::Instant now) {
  if (job.lane == Lane::kCheck || !is_own_shortage(code) || job.tries >= kMaxTries) return false;
  job.due = now + kFirstPause * (1 << job.tries++);
  waiting_.push_back(std::move(job));
  return true;
}

std::optional<base::Instant> ScriptRunner::deadline() const {
  std::optional<base::Instant> next;
  const auto consider = [&next](std::optional<base::Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  for (const Job& job : waiting_) {
    if (has_room(job)) consider(job.due);
  }
  for (const Running& run : running_) {
    const auto due = run.ladder.deadline();
    consider(due);
    if (due && !run.ladder.timed_out()) consider(until_);
  }
  return next;
}

void ScriptRunner::kill_all() {
  waiting_.clear();
  running_.clear();
  if (noted_ != nullptr) noted_->clear();
}

}  // namespace hapair::scripts
