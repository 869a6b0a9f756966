// A check that is a script, or a look at the host in the manner of one: run once, judged by its
// exit code, with the first line of what it says as the reason. Its time limit is kept where it is
// run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "apps/hapair/scripts/script.hpp"
#include "apps/hapair/worker/scripts.hpp"
#include "common/event/event_loop.hpp"
#include "libcheck/io/prober.hpp"

namespace hapair::worker {

class ScriptProber final : public check::Prober {
 public:
  /// `script`: its index in the model, and what it is.
  ScriptProber(event::EventLoop& loop, ScriptPort& port, std::size_t script,
               const config::Script& what, check::ProbeHandler& handler);

  void start(base::Instant now) override;
  /// The end of a run that is going on is waited for in silence.
  void cancel() override { end(); }

  void on_ended(const scripts::ScriptResult& result);

  [[nodiscard]] bool running() const { return running_; }
  /// What a run says that this had not ordered, such as a look at once when a process has ended.
  [[nodiscard]] check::CheckResult judge(const scripts::ScriptResult& result) const;

 private:
  void on_refused() noexcept;
  void on_overdue() noexcept;
  void finish(check::CheckResult result);
  void end();

  event::EventLoop& loop_;
  ScriptPort& port_;
  const std::size_t script_;
  const bool is_program_;
  const base::Duration patience_;
  check::ProbeHandler& handler_;
  event::Deferred refused_;
  event::Timer overdue_;
  bool running_ = false;
  base::Instant began_{};
};

}  // namespace hapair::worker
