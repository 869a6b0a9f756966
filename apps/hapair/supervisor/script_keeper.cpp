#include "apps/hapair/supervisor/script_keeper.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "apps/hapair/guardian/script_main.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::supervisor {
namespace {

enum Part : std::size_t { kChannel, kGranted, kParts };

/// Reaps what has been killed of a process group, orphans that have become our children; true when
/// nothing is left of it.
bool is_gone(pid_t group) {
  while (::waitpid(-group, nullptr, WNOHANG) > 0) {
  }
  return ::kill(-group, 0) != 0 && errno == ESRCH;
}

}  // namespace

ScriptKeeper::ScriptKeeper(base::Logger& log) : log_(log) {
  // What a killed script had started comes to us, and its number can't become another's before.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

void ScriptKeeper::serve(std::vector<net::UniqueFd> parts, base::Instant now) {
  parts_ = std::move(parts);
  if (parts_.size() != kParts) parts_.clear();
  // One of the guardian before has had the time that reading a configuration takes.
  if (process_.running()) process_.kill();
  due_.reset();
  if (!parts_.empty()) due_ = now;
}

void ScriptKeeper::retire() {
  parts_.clear();
  due_.reset();
  retired_ = process_.running();
}

void ScriptKeeper::on_ended(base::Instant now) {
  const Ending ending = process_.reap();
  kill_leftovers(now);
  // Of a guardian that has gone, or told to finish: that one leaves in order.
  if (std::exchange(retired_, false) || parts_.empty()) return;
  if (!ending.by_signal && ending.code == 0) return;
  due_ = backoff_.on_ended(now);
  log_ending(log_, "scripts", ending, backoff_);
}

void ScriptKeeper::on_time(base::Instant now) {
  look_at_leftovers(now);
  if (due_ && now >= *due_ && !process_.running() && leftovers_.empty()) start(now);
}

std::optional<base::Instant> ScriptKeeper::next_deadline() const {
  if (!leftovers_.empty()) return look_;
  return process_.running() ? std::nullopt : due_;
}

void ScriptKeeper::start(base::Instant now) {
  due_.reset();
  backoff_.on_started(now);
  const auto failed = [&](const base::Error& error) {
    log_.error("scripts-unavailable", "supervisor", error.message);
    due_ = backoff_.on_ended(now);
  };
  if (!running_) {
    auto page = scripts::RunningScripts::create();
    if (!page) return failed(page.error());
    running_ = std::move(*page);
  }
  running_->clear();
  auto process = Process::start([this] {
    return guardian::run_script_host(std::move(parts_[kChannel]), std::move(parts_[kGranted]),
                                     *running_, log_);
  });
  if (!process) return failed(process.error());
  process_ = std::move(*process);
}

void ScriptKeeper::kill_leftovers(base::Instant now) {
  if (!running_) return;
  leftovers_ = running_->groups();
  running_->clear();
  leftovers_since_ = now;
  look_ = now;
  for (const pid_t group : leftovers_) ::kill(-group, SIGKILL);
}

void ScriptKeeper::look_at_leftovers(base::Instant now) {
  if (leftovers_.empty() || now < look_) return;
  std::erase_if(leftovers_, is_gone);
  look_ = now + kLook;
  if (leftovers_.empty() || now - leftovers_since_ < kLeftoverLimit) return;
  log_.warning("script-unkillable", "supervisor",
               base::concat(leftovers_.size(),
                            " scripts of the process that ran them can't be ended and are left: "
                            "they wait in the kernel"));
  leftovers_.clear();
}

void ScriptKeeper::stop() {
  retire();
  if (process_.running()) {
    if (!process_.wait(kLeaveLimit)) process_.kill();
    if (!process_.wait(kLeaveLimit)) return;
    on_ended(event::now());
  }
  const base::Instant give_up = event::now() + kLeaveLimit;
  while (!leftovers_.empty() && event::now() < give_up) {
    look_at_leftovers(event::now());
    const timespec pause{.tv_sec = 0, .tv_nsec = kLook.count()};
    ::nanosleep(&pause, nullptr);
  }
}

}  // namespace hapair::supervisor
