#include "apps/hapair/worker/target_set.hpp"

#include <utility>

#include "common/event/clock.hpp"

namespace hapair::worker {

/// One target whose state is told of at each change.
class TargetSet::Observed {
 public:
  Observed(event::EventLoop& loop, const config::Target& target, check::Registry& registry)
      : loop_(loop),
        registry_(registry),
        id_(registry.add(target.name, {.rise = 1, .fall = 1}, {event::now(), event::wall_now()},
                         check::TargetKind::kTracked)),
        debounce_(target.debounce),
        due_(loop, event::Priority::kCheck, event::Callback<>::to<&Observed::on_due>(this)) {}

  [[nodiscard]] check::TargetId id() const { return id_; }

  void on_found(const guardian::TargetFound& found) {
    const bool good = found.outcome == guardian::TargetOutcome::kGood;
    last_ = {.code = good ? check::CheckCode::kStateGood : check::CheckCode::kStateBad,
             .status = 0,
             .duration = {},
             .info = found.detail.substr(0, check::CheckResult::kMaxInfo)};
    if (debounce_.on_observation(good, loop_.now())) report();
    if (const auto due = debounce_.due()) {
      due_.arm_at(*due);
    } else {
      due_.cancel();
    }
  }

 private:
  void report() { registry_.report(id_, last_, {loop_.now(), event::wall_now()}); }

  void on_due() noexcept {
    if (debounce_.on_time(loop_.now())) report();
  }

  event::EventLoop& loop_;
  check::Registry& registry_;
  check::TargetId id_;
  check::Debounce debounce_;
  check::CheckResult last_;
  event::Timer due_;
};

TargetSet::TargetSet(event::EventLoop& loop, const std::vector<config::Target>& targets,
                     check::Registry& registry) {
  for (const config::Target& target : targets) {
    observed_.push_back(std::make_unique<Observed>(loop, target, registry));
  }
}

TargetSet::~TargetSet() = default;

check::TargetId TargetSet::id(std::size_t target) const { return observed_[target]->id(); }

void TargetSet::on_found(const guardian::TargetFound& found) {
  if (found.target < observed_.size()) observed_[found.target]->on_found(found);
}

}  // namespace hapair::worker
