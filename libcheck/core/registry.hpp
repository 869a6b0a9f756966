// The health registry: the one place where this node knows how its targets are. Sources report
// results, words and observations; whoever needs health (balancer servers, VIP tracking, status,
// logs) subscribes and is told of state changes. How all that is said of a target makes its state
// is in target.hpp. Pure: time is passed in.
//
// A target starts unknown, not up. An operator's word is laid over the checks: they go on counting
// underneath, so that "ready" gives a verdict that is fresh.
//
// The registry is created first and destroyed last; listeners hold their Subscription. A listener
// may subscribe and unsubscribe within a call, but must not change a target's state there.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.hpp"
#include "libcheck/core/result.hpp"
#include "libcheck/core/rise_fall.hpp"
#include "libcheck/core/target.hpp"

namespace hapair::check {

class HealthListener {
 public:
  /// The target has just left the state `previous`.
  virtual void on_health_change(TargetId id, const Target& target, State previous) noexcept = 0;
  /// A result has been counted that left the state as it was; for those who show results.
  virtual void on_health_result(TargetId /*id*/, const Target& /*target*/) noexcept {}
  /// The target's state is one that another process had found before: see Registry::adopt(). For
  /// those who go by states it is a change like any other.
  virtual void on_health_adopted(TargetId id, const Target& target, State previous) noexcept {
    on_health_change(id, target, previous);
  }

 protected:
  ~HealthListener() = default;
};

class Registry;

/// Ends its subscription when it goes.
class Subscription {
 public:
  Subscription() = default;
  Subscription(Subscription&& other) noexcept;
  Subscription& operator=(Subscription&& other) noexcept;
  ~Subscription() { reset(); }

  void reset();

 private:
  friend class Registry;
  Subscription(Registry& registry, std::optional<TargetId> only, HealthListener& listener)
      : registry_(&registry), only_(only), listener_(&listener) {}

  Registry* registry_ = nullptr;
  std::optional<TargetId> only_;
  HealthListener* listener_ = nullptr;
};

class Registry {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Adds a target that checks will report on. `name` must be new.
  TargetId add(std::string name, RiseFallLimits limits, Moment now,
               TargetKind kind = TargetKind::kServer);
  /// Adds a target that nobody checks: up, until somebody says otherwise.
  TargetId add_unchecked(std::string name, Moment now);
  /// Adds one that has a name and no address: resolving, for as long as it is there.
  TargetId add_resolving(std::string name, std::string reason, Moment now);
  /// The target is no more; nobody may follow it, be subscribed to it or report on it. Its id may
  /// be given to a later one. Not from within a listener's call.
  void remove(TargetId id);

  /// `id` is in the state of `followed` from now on, in place of what its own checks say; an
  /// operator's or agent's word and its traffic are laid over that as ever. No circle may arise.
  void follow(TargetId id, TargetId followed, Moment now);
  /// For the results to come; the state stays.
  void set_limits(TargetId id, RiseFallLimits limits) {
    entry(id).target.counter.set_limits(limits);
  }
  /// Once `ends` has come without a result, `id` is degraded and a last resort.
  void set_grace(TargetId id, base::Instant ends);
  /// Ends what grace is over. Yields when the next one ends; nullopt: there is none.
  std::optional<base::Instant> expire_grace(Moment now);

  [[nodiscard]] const Target& get(TargetId id) const { return entries_.at(id.index)->target; }
  [[nodiscard]] std::optional<TargetId> find(std::string_view name) const;
  /// In the order of their ids, which is that of adding where none was removed.
  [[nodiscard]] std::vector<TargetId> ids() const;

  /// One result of a check. An inconclusive one is kept for people, but counts neither way. What
  /// an agent says in it is heard.
  void report(TargetId id, CheckResult result, Moment now);
  /// An agent's word that came without a result of its own; `reason` is shown where it decides.
  void hear(TargetId id, const AgentWord& word, std::string reason, Moment now);
  /// It has no agent any more, whose word is taken back.
  void forget_agent(TargetId id, Moment now);
  /// The traffic of a server has met with too many errors in a row; `info` says which. Of one that
  /// isn't passing its checks it is no news.
  void observe_errors(TargetId id, OnError policy, std::string info, Moment now);
  /// What its traffic shows beside that of its siblings; `reason` is kept and shown.
  void set_outlier(TargetId id, Outlier outlier, std::string reason, Moment now);

  /// An operator's word; `reason` is kept and shown. kNone takes it back: the state is again what
  /// everybody else says. Nothing where it was given already.
  void set_order(TargetId id, Order order, std::string reason, Moment now);

  /// Why a resolving target has no address; listeners hear of it as of a result.
  void set_unresolved(TargetId id, std::string reason, Moment now);

  /// Goes on where another process stopped: with its verdict and counts, the last results, and the
  /// words of operator, agent and traffic. What this one has configured (limits, whether it is
  /// checked, whom it follows) stays.
  void adopt(TargetId id, const Target& known, Moment now);

  /// `listener` is told of every change of `id` (or of all targets) until the subscription goes.
  [[nodiscard]] Subscription subscribe(TargetId id, HealthListener& listener);
  [[nodiscard]] Subscription subscribe_all(HealthListener& listener);

 private:
  friend class Subscription;

  /// Null entries have unsubscribed during a call; they are swept after it.
  using Listeners = std::vector<HealthListener*>;

  struct Entry {
    Target target;
    Listeners listeners;
    std::vector<TargetId> followers{};
  };

  TargetId add_entry(Target target);
  [[nodiscard]] Entry& entry(TargetId id) { return *entries_.at(id.index); }
  Listeners& listeners_of(std::optional<TargetId> only);
  void unsubscribe(std::optional<TargetId> only, HealthListener* listener);
  [[nodiscard]] const Target* followed_by(const Target& target) const;
  void apply(Target& target, const AgentWord& word, std::string_view reason);
  /// Works out the state anew and tells of it; `before` goes before the reason.
  void settle(TargetId id, Moment now, std::string_view before = {});
  /// The same, without a word of a change.
  void stand_quietly(TargetId id, Moment now);
  /// `previous` is absent when the state has not changed.
  void tell(TargetId id, std::optional<State> previous);
  void tell(Listeners& listeners, TargetId id, std::optional<State> previous);

  /// By id; null where a target was removed. Pointers keep references valid while targets come.
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<TargetId> vacant_;
  std::map<std::string, TargetId, std::less<>> by_name_;
  Listeners listeners_to_all_;
  bool telling_ = false;
};

}  // namespace hapair::check
