#include "libcheck/core/registry.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace hapair::check {
namespace {

constexpr std::string_view kNoCheck = "no check is configured";

State state_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNone:
      return State::kUnknown;
    case Verdict::kPassing:
      return State::kUp;
    case Verdict::kFailing:
      return State::kDown;
  }
  return State::kUnknown;
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::kUnknown:
      return "unknown";
    case State::kUp:
      return "up";
    case State::kDegraded:
      return "degraded";
    case State::kDown:
      return "down";
    case State::kMaintenance:
      return "maintenance";
  }
  return {};
}

void LastResults::push(CheckRecord record) {
  records_[next_] = std::move(record);
  next_ = (next_ + 1) % kCapacity;
  size_ = std::min(size_ + 1, kCapacity);
}

const CheckRecord& LastResults::newest(std::size_t age) const {
  assert(age < size_);
  return records_[(next_ + kCapacity - 1 - age) % kCapacity];
}

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
  target.reason = "not checked yet";
  target.since = now;
  target.counter = RiseFall(limits);
  return add_entry(std::move(target));
}

TargetId Registry::add_unchecked(std::string name, Moment now) {
  Target target;
  target.name = std::move(name);
  target.state = State::kUp;
  target.reason = kNoCheck;
  target.since = now;
  target.checked = false;
  return add_entry(std::move(target));
}

TargetId Registry::add_entry(Target target) {
  const TargetId id{static_cast<std::uint32_t>(entries_.size())};
  const bool is_new = by_name_.emplace(target.name, id).second;
  assert(is_new);
  entries_.push_back({std::move(target), {}});
  return id;
}

std::optional<TargetId> Registry::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

void Registry::report(TargetId id, CheckResult result, Moment now) {
  Target& target = entries_.at(id.index).target;
  const Outcome what = outcome(result.code);
  std::string reason = describe(result);
  ++target.checks;
  if (what == Outcome::kFailed) ++target.failures;
  target.results.push({now.wall, std::move(result)});
  if (what == Outcome::kInconclusive) return;

  const Verdict verdict = target.counter.on_result(what == Outcome::kPassed);
  const State state = target.state == State::kMaintenance ? target.state : state_of(verdict);
  if (state == target.state) return tell(id, std::nullopt);
  enter(id, state, std::move(reason), now);
}

void Registry::set_maintenance(TargetId id, std::string reason, Moment now) {
  enter(id, State::kMaintenance, std::move(reason), now);
}

void Registry::set_ready(TargetId id, Moment now) {
  const Target& target = get(id);
  if (target.state != State::kMaintenance) return;
  if (!target.checked) return enter(id, State::kUp, std::string(kNoCheck), now);
  const Verdict verdict = target.counter.verdict();
  std::string reason = "maintenance is over";
  if (verdict != Verdict::kNone)
    reason += "; last check: " + describe(target.results.newest().result);
  enter(id, state_of(verdict), std::move(reason), now);
}

void Registry::enter(TargetId id, State state, std::string reason, Moment now) {
  Target& target = entries_.at(id.index).target;
  if (target.state == state) return;
  const State previous = std::exchange(target.state, state);
  target.reason = std::move(reason);
  target.since = now;
  if (state == State::kDown) ++target.times_down;
  tell(id, previous);
}

void Registry::tell(TargetId id, std::optional<State> previous) {
  assert(!telling_);
  telling_ = true;
  // Logs and the like hear first: a cause is written before its consequences.
  tell(listeners_to_all_, id, previous);
  tell(entries_.at(id.index).listeners, id, previous);
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
  return only ? entries_.at(only->index).listeners : listeners_to_all_;
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
