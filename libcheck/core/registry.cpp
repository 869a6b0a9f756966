#include "libcheck/core/registry.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {

Subscription::Subscription(Subscription&& other) noexcept
    : registry_(std::exchange(other.registry_, nullptr)),
      only_(other.only_),
      listener_(other.listener_) {}

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this == &other) return *this;
  reset();
  registry_ = std::exchange(other.registry_, nullptr);
  only_ = other.only_;
  listener_ = other.listener_;
  return *this;
}

void Subscription::reset() {
  if (registry_ == nullptr) return;
  std::exchange(registry_, nullptr)->unsubscribe(only_, listener_);
}

TargetId Registry::add(std::string name, RiseFallLimits limits, Moment now, TargetKind kind) {
  assert(limits.rise >= 1 && limits.fall >= 1);
  Target target;
  target.name = std::move(name);
  target.kind = kind;
  target.since = now;
  target.counter = RiseFall(limits);
  return add_entry(std::move(target));
}

TargetId Registry::add_unchecked(std::string name, Moment now) {
  Target target;
  target.name = std::move(name);
  target.since = now;
  target.checked = false;
  return add_entry(std::move(target));
}

TargetId Registry::add_resolving(std::string name, std::string reason, Moment now) {
  Target target;
  target.name = std::move(name);
  target.since = now;
  target.checked = false;
  target.resolving = true;
  target.resolving_reason = std::move(reason);
  return add_entry(std::move(target));
}

TargetId Registry::add_entry(Target target) {
  TargetId id{static_cast<std::uint32_t>(entries_.size())};
  if (vacant_.empty()) {
    entries_.emplace_back();
  } else {
    id = vacant_.back();
    vacant_.pop_back();
  }
  const Standing standing = stand(target, nullptr);
  target.state = standing.state;
  target.cause = standing.cause;
  target.reason = reason_of(standing, target, nullptr);
  const bool is_new = by_name_.emplace(target.name, id).second;
  assert(is_new);
  entries_[id.index] = std::make_unique<Entry>(std::move(target), Listeners());
  return id;
}

void Registry::remove(TargetId id) {
  assert(!telling_);
  Entry& gone = entry(id);
  assert(gone.listeners.empty() && gone.followers.empty());
  if (gone.target.follows) std::erase(entry(*gone.target.follows).followers, id);
  by_name_.erase(gone.target.name);
  entries_[id.index].reset();
  vacant_.push_back(id);
}

std::vector<TargetId> Registry::ids() const {
  std::vector<TargetId> ids;
  for (std::uint32_t index = 0; index < entries_.size(); ++index) {
    if (entries_[index]) ids.push_back({index});
  }
  return ids;
}

std::optional<TargetId> Registry::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

const Target* Registry::followed_by(const Target& target) const {
  return target.follows ? &get(*target.follows) : nullptr;
}

void Registry::follow(TargetId id, TargetId followed, Moment now) {
  for (auto next = std::optional(followed); next; next = get(*next).follows) assert(*next != id);
  entry(id).target.follows = followed;
  entry(followed).followers.push_back(id);
  settle(id, now);
}

void Registry::set_grace(TargetId id, base::Instant ends) { entry(id).target.grace_ends = ends; }

std::optional<base::Instant> Registry::expire_grace(Moment now) {
  std::optional<base::Instant> next;
  for (const TargetId id : ids()) {
    Target& target = entry(id).target;
    if (!target.grace_ends) continue;
    if (target.counter.verdict() == Verdict::kNone && *target.grace_ends > now.at) {
      next = next ? std::min(*next, *target.grace_ends) : *target.grace_ends;
      continue;
    }
    target.grace_ends.reset();
    if (target.counter.verdict() != Verdict::kNone) continue;
    target.tried = true;
    settle(id, now);
  }
  return next;
}

void Registry::report(TargetId id, CheckResult result, Moment now) {
  Target& target = entry(id).target;
  const Outcome what = outcome(result.code);
  ++target.checks;
  if (what == Outcome::kFailed) ++target.failures;
  if (result.agent) {
    AgentWord word = *result.agent;
    word.health = AgentWord::Health::kNothing;  // that the result itself says
    apply(target, word, describe(result));
  }
  if (what == Outcome::kPassed) target.warns = result.warns;
  const bool heard = result.agent.has_value();
  target.results.push({now.wall, std::move(result)});
  if (what != Outcome::kInconclusive) target.counter.on_result(what == Outcome::kPassed);
  if (what != Outcome::kInconclusive || heard) settle(id, now);
}

void Registry::hear(TargetId id, const AgentWord& word, std::string reason, Moment now) {
  apply(entry(id).target, word, reason);
  settle(id, now);
}

void Registry::apply(Target& target, const AgentWord& word, std::string_view reason) {
  if (word.weight_percent) target.weight_percent = *word.weight_percent;
  if (word.max_connections) target.max_connections = word.max_connections;
  if (word.admin != AgentWord::Admin::kNothing) target.agent_admin = word.admin;
  if (word.health != AgentWord::Health::kNothing) {
    target.agent_down = word.health == AgentWord::Health::kDown;
  }
  target.agent_reason = reason;
}

void Registry::forget_agent(TargetId id, Moment now) {
  Target& target = entry(id).target;
  target.weight_percent = 100;
  target.max_connections.reset();
  target.agent_admin = AgentWord::Admin::kNothing;
  target.agent_down = false;
  target.agent_reason.clear();
  settle(id, now);
}

void Registry::observe_errors(TargetId id, OnError policy, std::string info, Moment now) {
  Target& target = entry(id).target;
  if (target.counter.verdict() != Verdict::kPassing) return;
  ++target.observed_failures;
  switch (policy) {
    case OnError::kFastCheck:
      return;
    case OnError::kFailCheck:
      break;
    case OnError::kSuddenDeath:
      target.counter.leave_failures(2);
      break;
    case OnError::kMarkDown:
      target.counter.leave_failures(1);
      break;
  }
  CheckResult result;
  result.code = CheckCode::kObserved;
  result.info = std::move(info);
  report(id, std::move(result), now);
}

void Registry::set_outlier(TargetId id, Outlier outlier, std::string reason, Moment now) {
  Target& target = entry(id).target;
  target.outlier = outlier;
  target.outlier_reason = std::move(reason);
  settle(id, now);
}

void Registry::set_order(TargetId id, Order order, std::string reason, Moment now) {
  Target& target = entry(id).target;
  if (target.order == order) return;
  const Order before = std::exchange(target.order, order);
  target.order_reason = std::move(reason);
  if (order != Order::kNone) return settle(id, now);
  settle(id, now, base::concat(to_string(before), " is over"));
}

void Registry::set_unresolved(TargetId id, std::string reason, Moment now) {
  Target& target = entry(id).target;
  target.resolving_reason = std::move(reason);
  if (target.cause == Cause::kUnresolved) target.reason = target.resolving_reason;
  settle(id, now);
}

void Registry::settle(TargetId id, Moment now, std::string_view before) {
  Target& target = entry(id).target;
  const Target* const followed = followed_by(target);
  const Standing standing = stand(target, followed);
  const Standing was{target.state, target.cause, target.last_resort};
  if (standing == was) return tell(id, std::nullopt);
  target.state = standing.state;
  target.last_resort = standing.last_resort;
  target.cause = standing.cause;
  target.reason = reason_of(standing, target, followed);
  if (!before.empty() && standing.cause == Cause::kNothing) target.reason = before;
  if (!before.empty() && standing.cause == Cause::kCheck) {
    target.reason = base::concat(before, "; last check: ", target.reason);
  }
  if (standing.state == was.state) {
    tell(id, std::nullopt);
  } else {
    target.since = now;
    if (standing.state == State::kDown) ++target.times_down;
    tell(id, was.state);
  }
  // By index: a listener may have added targets in the call.
  for (std::size_t i = 0; i < entry(id).followers.size(); ++i) {
    settle(entry(id).followers[i], now);
  }
}

void Registry::tell(TargetId id, std::optional<State> previous) {
  assert(!telling_);
  telling_ = true;
  // Logs and the like hear first: a cause is written before its consequences.
  tell(listeners_to_all_, id, previous);
  tell(entry(id).listeners, id, previous);
  telling_ = false;
}

void Registry::tell(Listeners& listeners, TargetId id, std::optional<State> previous) {
  // By index and up to the present size: a listener may subscribe others within the call.
  const std::size_t count = listeners.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (listeners[i] == nullptr) continue;
    if (previous) {
      listeners[i]->on_health_change(id, get(id), *previous);
    } else {
      listeners[i]->on_health_result(id, get(id));
    }
  }
  std::erase(listeners, nullptr);
}

Subscription Registry::subscribe(TargetId id, HealthListener& listener) {
  listeners_of(id).push_back(&listener);
  return {*this, id, listener};
}

Subscription Registry::subscribe_all(HealthListener& listener) {
  listeners_of(std::nullopt).push_back(&listener);
  return {*this, std::nullopt, listener};
}

Registry::Listeners& Registry::listeners_of(std::optional<TargetId> only) {
  return only ? entry(*only).listeners : listeners_to_all_;
}

void Registry::unsubscribe(std::optional<TargetId> only, HealthListener* listener) {
  Listeners& listeners = listeners_of(only);
  const auto found = std::ranges::find(listeners, listener);
  if (found == listeners.end()) return;
  if (telling_) {
    *found = nullptr;
  } else {
    listeners.erase(found);
  }
}

}  // namespace hapair::check
