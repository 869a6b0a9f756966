#include "apps/hapair/worker/target_set.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/worker/remote_prober.hpp"
#include "apps/hapair/worker/scripted_check.hpp"
#include "common/event/clock.hpp"
#include "libcheck/core/debounce.hpp"
#include "libcheck/io/echo_prober.hpp"

namespace hapair::worker {

/// One target, of any kind.
class TargetSet::Entry {
 public:
  explicit Entry(check::TargetId id) : id_(id) {}
  virtual ~Entry() = default;

  [[nodiscard]] check::TargetId id() const { return id_; }
  virtual void on_found(const guardian::TargetFound& found) = 0;
  virtual void on_echo_socket(net::UniqueFd /*socket*/) {}

 private:
  check::TargetId id_;
};

/// One whose state is told of at each change.
class TargetSet::Observed final : public Entry {
 public:
  Observed(const TargetParts& parts, const config::Target& target, check::TargetId id)
      : Entry(id),
        loop_(parts.loop),
        registry_(parts.registry),
        debounce_(target.debounce),
        due_(parts.loop, event::Priority::kCheck, event::Callback<>::to<&Observed::on_due>(this)) {}

  void on_found(const guardian::TargetFound& found) override {
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
  void report() { registry_.report(id(), last_, {loop_.now(), event::wall_now()}); }

  void on_due() noexcept {
    if (debounce_.on_time(loop_.now())) report();
  }

  event::EventLoop& loop_;
  check::Registry& registry_;
  check::Debounce debounce_;
  check::CheckResult last_;
  event::Timer due_;
};

/// A gateway that the worker itself sends echoes to, through the guardian's socket.
class TargetSet::Echoed final : public Entry {
 public:
  Echoed(const TargetParts& parts, const config::Target& target, std::size_t index,
         check::TargetId id)
      : Entry(id) {
    parts.runner.add(id, {.normal = target.interval}, [&](check::ProbeHandler& handler) {
      auto prober = std::make_unique<check::EchoProber>(parts.loop, target.address, target.timeout,
                                                        static_cast<std::uint16_t>(index), handler);
      prober_ = prober.get();
      return prober;
    });
  }

  void on_found(const guardian::TargetFound& found) override { prober_->fail_with(found.detail); }
  void on_echo_socket(net::UniqueFd socket) override { prober_->use(std::move(socket)); }

 private:
  check::EchoProber* prober_ = nullptr;  ///< the runner's
};

/// One that the guardian checks when it is asked to.
class TargetSet::Asked final : public Entry {
 public:
  Asked(const TargetParts& parts, const config::Target& target, std::size_t index,
        check::TargetId id, RemoteCodes codes)
      : Entry(id) {
    parts.runner.add(id, {.normal = target.interval}, [&](check::ProbeHandler& handler) {
      auto prober = std::make_unique<RemoteProber>(parts.loop, parts.guardian, index,
                                                   target.timeout, codes, handler);
      prober_ = prober.get();
      return prober;
    });
  }

  void on_found(const guardian::TargetFound& found) override { prober_->on_found(found); }

 private:
  RemoteProber* prober_ = nullptr;  ///< the runner's
};

/// One that a script, or a look in the manner of one, tells of.
class TargetSet::Scripted final : public Entry {
 public:
  Scripted(const TargetParts& parts, const config::Target& target, const config::Script& script,
           check::TargetId id)
      : Entry(id),
        check_({.loop = parts.loop,
                .registry = parts.registry,
                .runner = parts.runner,
                .scripts = parts.scripts},
               {.script = *target.script,
                .as = script,
                .intervals = {.normal = target.interval},
                .watched = target.type == config::TargetType::kProcess},
               id) {}

  void on_found(const guardian::TargetFound& /*found*/) override {}

 private:
  ScriptedCheck check_;
};

TargetSet::TargetSet(const TargetParts& parts, const config::Model& model) {
  for (std::size_t i = 0; i < model.targets.size(); ++i) {
    entries_.push_back(make(parts, model, i));
  }
}

TargetSet::~TargetSet() = default;

namespace {

/// The guardian and the script host know it by the same numbers, if it matters.
bool is_watched_on(const config::Model& before, std::size_t was, const config::Model& model,
                   std::size_t now) {
  config::Target old = before.targets[was];
  const config::Target& is = model.targets[now];
  const bool scripted = old.script && is.script && before.scripts == model.scripts;
  if (scripted ? old.script != is.script : old.script || is.script) return false;
  old.script = is.script;
  const bool asked = is.type == config::TargetType::kGateway && is.by != config::GatewayBy::kEcho;
  return old == is && (!asked || was == now);
}

}  // namespace

void TargetSet::leave(const TargetParts& parts, const config::Model& before,
                      const config::Model& model) {
  kept_.assign(model.targets.size(), std::nullopt);
  std::vector<std::unique_ptr<Entry>> old = std::exchange(entries_, {});
  entries_.resize(model.targets.size());
  for (std::size_t was = 0; was < old.size(); ++was) {
    const auto same =
        std::ranges::find(model.targets, before.targets[was].name, &config::Target::name);
    const check::TargetId id = old[was]->id();
    const auto now = static_cast<std::size_t>(same - model.targets.begin());
    if (same != model.targets.end()) kept_[now] = id;
    if (same != model.targets.end() && is_watched_on(before, was, model, now)) {
      entries_[now] = std::move(old[was]);
      continue;
    }
    parts.runner.remove(id);
    old[was].reset();
    if (same == model.targets.end()) parts.registry.remove(id);
  }
}

void TargetSet::follow_change(const TargetParts& parts, const config::Model& model) {
  for (std::size_t i = 0; i < model.targets.size(); ++i) {
    if (!entries_[i]) entries_[i] = make(parts, model, i, kept_[i]);
  }
  kept_.clear();
}

std::unique_ptr<TargetSet::Entry> TargetSet::make(const TargetParts& parts,
                                                  const config::Model& model, std::size_t index,
                                                  std::optional<check::TargetId> known) {
  const config::Target& target = model.targets[index];
  const bool at_once = target.type == config::TargetType::kInterface;
  const check::RiseFallLimits limits{.rise = at_once ? 1U : target.rise,
                                     .fall = at_once ? 1U : target.fall};
  if (known) parts.registry.set_limits(*known, limits);
  const check::TargetId id =
      known ? *known
            : parts.registry.add(target.name, limits, {event::now(), event::wall_now()},
                                 check::TargetKind::kTracked);
  switch (target.type) {
    case config::TargetType::kInterface:
      return std::make_unique<Observed>(parts, target, id);
    case config::TargetType::kGateway:
      if (target.by == config::GatewayBy::kEcho) {
        return std::make_unique<Echoed>(parts, target, index, id);
      }
      return std::make_unique<Asked>(parts, target, index, id,
                                     RemoteCodes{.good = check::CheckCode::kL3Ok,
                                                 .bad = check::CheckCode::kL3Failed,
                                                 .timeout = check::CheckCode::kL3Timeout});
    case config::TargetType::kScript:
    case config::TargetType::kFile:
    case config::TargetType::kProcess:
      return std::make_unique<Scripted>(parts, target, model.scripts[*target.script], id);
  }
  return nullptr;
}

check::TargetId TargetSet::id(std::size_t target) const { return entries_[target]->id(); }

void TargetSet::on_found(const guardian::TargetFound& found) {
  if (found.target < entries_.size()) entries_[found.target]->on_found(found);
}

void TargetSet::on_echo_socket(std::size_t target, net::UniqueFd socket) {
  if (target < entries_.size()) entries_[target]->on_echo_socket(std::move(socket));
}

}  // namespace hapair::worker
