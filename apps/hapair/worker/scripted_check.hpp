// A target that a script, or a look in the manner of one, tells of.
#pragma once

#include <cstddef>

#include "apps/hapair/worker/script_prober.hpp"
#include "apps/hapair/worker/scripts.hpp"
#include "common/event/event_loop.hpp"
#include "libcheck/core/registry.hpp"
#include "libcheck/io/runner.hpp"

namespace hapair::worker {

class ScriptedCheck final : ScriptRunListener {
 public:
  struct Parts {
    event::EventLoop& loop;
    check::Registry& registry;
    check::Runner& runner;  ///< which has not started
    Scripts& scripts;
  };
  struct What {
    std::size_t script = 0;  ///< index into Model::scripts
    const config::Script& as;
    check::Intervals intervals{};
    bool watched = false;  ///< it is looked at unasked when a process has ended
  };

  /// All outlive it.
  ScriptedCheck(const Parts& parts, const What& what, check::TargetId id);
  ~ScriptedCheck();
  ScriptedCheck(const ScriptedCheck&) = delete;
  ScriptedCheck& operator=(const ScriptedCheck&) = delete;

 private:
  void on_script_ended(const scripts::ScriptResult& result) noexcept override;

  event::EventLoop& loop_;
  check::Registry& registry_;
  Scripts& scripts_;
  const std::size_t script_;
  const bool watched_;
  const check::TargetId id_;
  ScriptProber* prober_ = nullptr;  ///< the runner's
};

}  // namespace hapair::worker
