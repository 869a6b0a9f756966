#include "libcheck/io/runner.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/event/clock.hpp"
#include "libcheck/core/schedule.hpp"

namespace hapair::check {

/// One probe: its schedule, its prober, its users.
class Runner::Probe final : public ProbeHandler {
 public:
  Probe(Runner& runner, const Intervals& intervals, const MakeProber& make)
      : runner_(runner),
        intervals_(intervals),
        schedule_(intervals.normal, runner.random_),
        prober_(make(*this)) {}
  ~Probe() { withdraw(); }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  void add_user(TargetId target) { users_.push_back(target); }
  void remove_user(TargetId target) { std::erase(users_, target); }
  [[nodiscard]] bool is_used() const { return !users_.empty(); }

  void start(base::Instant now, std::size_t probe_count) {
    plan(schedule_.first(now, first_check_spread(probe_count, intervals_.normal)));
  }

  /// Its time has come; it is off the agenda.
  void begin(base::Instant now) {
    due_.reset();
    began_ = now;
    prober_->start(now);
  }

  void hurry(base::Instant now) {
    const base::Instant soon =
        std::max(now, began_ + std::min(intervals_.normal / kHurriedShare, kHurriedPause));
    if (!due_ || soon >= *due_) return;
    withdraw();
    plan(soon);
  }

 private:
  // A server whose errors never end is not checked without a pause.
  static constexpr int kHurriedShare = 4;
  static constexpr base::Duration kHurriedPause = std::chrono::milliseconds(100);

  void plan(base::Instant at) {
    due_ = at;
    runner_.schedule(at, *this);
  }
  void withdraw() {
    if (due_) runner_.agenda_.remove(*due_, *this);
    due_.reset();
  }

  void on_probe_result(CheckResult result) noexcept override {
    const Moment now{runner_.loop_.now(), event::wall_now()};
    for (const TargetId user : users_) runner_.registry_.report(user, result, now);
    plan(schedule_.next(began_, now.at, interval()));
  }

  /// The shortest that one of the users wants.
  [[nodiscard]] base::Duration interval() const {
    base::Duration shortest = base::Duration::max();
    for (const TargetId user : users_) {
      shortest = std::min(shortest, interval_for(intervals_, runner_.registry_.get(user).counter));
    }
    return shortest;
  }

  Runner& runner_;
  const Intervals intervals_;
  Schedule schedule_;
  std::unique_ptr<Prober> prober_;
  std::optional<base::Instant> due_;  ///< when it is, on the agenda; absent: it runs, or never will
  base::Instant began_{};
  std::vector<TargetId> users_;
};

Runner::Runner(event::EventLoop& loop, Registry& registry, RunnerSettings settings)
    : loop_(loop),
      registry_(registry),
      sockets_(loop),
      parts_{.loop = loop,
             .sockets = sockets_,
             .source = settings.source,
             .tls = std::move(settings.tls)},
      random_(settings.seed),
      due_(loop, event::Priority::kCheck, event::Callback<>::to<&Runner::begin_due>(this)) {}

Runner::~Runner() = default;

void Runner::add(TargetId target, const CheckSpec& spec) {
  const auto [place, fresh] = probes_.try_emplace(spec);
  if (fresh) {
    // The prober keeps to the map's own spec, which stays where it is.
    place->second = std::make_unique<Probe>(*this, spec.intervals, [&](ProbeHandler& handler) {
      return make_prober(parts_, place->first, handler);
    });
  }
  place->second->add_user(target);
  note_user(target, *place->second);
  if (fresh && started_) place->second->start(loop_.now(), 1);
}

void Runner::add(TargetId target, const Intervals& intervals, const MakeProber& make) {
  own_kind_.push_back(std::make_unique<Probe>(*this, intervals, make));
  own_kind_.back()->add_user(target);
  note_user(target, *own_kind_.back());
  if (started_) own_kind_.back()->start(loop_.now(), 1);
}

void Runner::note_user(TargetId target, Probe& probe) {
  if (of_target_.size() <= target.index) of_target_.resize(target.index + 1);
  of_target_[target.index] = &probe;
}

void Runner::check_soon(TargetId target) {
  if (target.index >= of_target_.size() || of_target_[target.index] == nullptr) return;
  of_target_[target.index]->hurry(loop_.now());
}

void Runner::remove(TargetId target) {
  if (target.index < of_target_.size()) of_target_[target.index] = nullptr;
  std::erase_if(probes_, [target](const auto& each) {
    each.second->remove_user(target);
    return !each.second->is_used();
  });
  std::erase_if(own_kind_, [target](const auto& probe) {
    probe->remove_user(target);
    return !probe->is_used();
  });
}

void Runner::start(base::Instant now) {
  assert(!started_);
  started_ = true;
  for (const auto& [spec, probe] : probes_) probe->start(now, probe_count());
  for (const auto& probe : own_kind_) probe->start(now, probe_count());
}

void Runner::schedule(base::Instant at, Probe& probe) {
  agenda_.add(at, probe);
  if (!due_.armed() || at < due_.deadline()) due_.arm_at(at);
}

void Runner::begin_due() noexcept {
  const base::Instant entered = loop_.now();
  base::Instant now = entered;
  while (Probe* const probe = agenda_.take(now)) {
    probe->begin(now);
    now = loop_.now();
    if (now - entered >= kMaxTurn) break;
  }
  if (const auto next = agenda_.next()) due_.arm_at(*next);
}

}  // namespace hapair::check
