#include "libcheck/io/runner.hpp"

#include <cassert>
#include <utility>

#include "common/event/clock.hpp"
#include "libcheck/core/schedule.hpp"

namespace hapair::check {

/// One probe: its schedule, its prober, its users.
class Runner::Probe final : public ProbeHandler {
 public:
  Probe(Runner& runner, base::Duration interval, const MakeProber& make)
      : runner_(runner),
        interval_(interval),
        schedule_(interval, runner.random_),
        prober_(make(*this)),
        due_(runner.loop_, event::Priority::kCheck, event::Callback<>::to<&Probe::on_due>(this)) {}

  void add_user(TargetId target) { users_.push_back(target); }

  void start(base::Instant now, std::size_t probe_count) {
    due_.arm_at(schedule_.first(now, first_check_spread(probe_count, interval_)));
  }

 private:
  void on_due() noexcept {
    began_ = runner_.loop_.now();
    prober_->start(began_);
  }

  void on_probe_result(CheckResult result) noexcept override {
    const Moment now{runner_.loop_.now(), event::wall_now()};
    for (const TargetId user : users_) runner_.registry_.report(user, result, now);
    due_.arm_at(schedule_.next(began_, now.at));
  }

  Runner& runner_;
  base::Duration interval_;
  Schedule schedule_;
  std::unique_ptr<Prober> prober_;
  event::Timer due_;
  base::Instant began_{};
  std::vector<TargetId> users_;
};

Runner::Runner(event::EventLoop& loop, Registry& registry, RunnerSettings settings)
    : loop_(loop), registry_(registry), source_(settings.source), random_(settings.seed) {}

Runner::~Runner() = default;

void Runner::add(TargetId target, const CheckSpec& spec) {
  assert(!started_);
  std::unique_ptr<Probe>& probe = probes_[spec];
  if (!probe) {
    probe = std::make_unique<Probe>(*this, spec.interval, [&](ProbeHandler& handler) {
      return make_prober(loop_, spec, source_, handler);
    });
  }
  probe->add_user(target);
}

void Runner::add(TargetId target, base::Duration interval, const MakeProber& make) {
  assert(!started_);
  own_kind_.push_back(std::make_unique<Probe>(*this, interval, make));
  own_kind_.back()->add_user(target);
}

void Runner::start(base::Instant now) {
  assert(!started_);
  started_ = true;
  for (const auto& [spec, probe] : probes_) probe->start(now, probe_count());
  for (const auto& probe : own_kind_) probe->start(now, probe_count());
}

}  // namespace hapair::check
