#include "apps/hapair/worker/scripted_check.hpp"

#include <memory>

#include "common/event/clock.hpp"

namespace hapair::worker {

ScriptedCheck::ScriptedCheck(const Parts& parts, const What& what, check::TargetId id)
    : loop_(parts.loop),
      registry_(parts.registry),
      scripts_(parts.scripts),
      script_(what.script),
      watched_(what.watched),
      id_(id) {
  parts.runner.add(id, what.intervals, [&](check::ProbeHandler& handler) {
    auto prober = std::make_unique<ScriptProber>(loop_, scripts_, script_, what.as, handler);
    prober_ = prober.get();
    return prober;
  });
  scripts_.listen(script_, this);
}

ScriptedCheck::~ScriptedCheck() { scripts_.listen(script_, nullptr); }

void ScriptedCheck::on_script_ended(const scripts::ScriptResult& result) noexcept {
  if (prober_->running()) {
    prober_->on_ended(result);
  } else if (watched_) {
    registry_.report(id_, prober_->judge(result), {loop_.now(), event::wall_now()});
  }
}

}  // namespace hapair::worker
