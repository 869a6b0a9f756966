#include "libcheck/core/target.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {
namespace {

/// By the checks and the agent's "down" alone.
Standing found(const Target& target) {
  if (target.agent_down) return {State::kDown, Cause::kAgent};
  if (!target.checked) return {State::kUp, Cause::kUnchecked};
  switch (target.counter.verdict()) {
    case Verdict::kNone:
      if (target.tried) return {State::kDegraded, Cause::kGrace, true};
      break;
    case Verdict::kPassing:
      return {target.warns ? State::kDegraded : State::kUp, Cause::kCheck};
    case Verdict::kFailing:
      return {State::kDown, Cause::kCheck};
  }
  return {};
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
    case State::kDrain:
      return "drain";
    case State::kResolving:
      return "resolving";
  }
  return {};
}

std::string_view to_string(Order order) {
  switch (order) {
    case Order::kNone:
      return "ready";
    case Order::kDrain:
      return "drain";
    case Order::kMaintenance:
      return "maintenance";
    case Order::kForceUp:
      return "force-up";
    case Order::kForceDown:
      return "force-down";
  }
  return {};
}

std::optional<Order> parse_order(std::string_view word) {
  for (const Order order :
       {Order::kNone, Order::kDrain, Order::kMaintenance, Order::kForceUp, Order::kForceDown}) {
    if (to_string(order) == word) return order;
  }
  return std::nullopt;
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

Standing stand(const Target& target, const Target* followed) {
  if (target.order == Order::kMaintenance) return {State::kMaintenance, Cause::kOperator};
  if (target.resolving) return {State::kResolving, Cause::kUnresolved};
  if (target.order == Order::kForceUp) return {State::kUp, Cause::kOperator};
  if (target.order == Order::kForceDown) return {State::kDown, Cause::kOperator};
  if (target.agent_admin == AgentWord::Admin::kMaintenance) {
    return {State::kMaintenance, Cause::kAgent};
  }
  const Standing ground = followed == nullptr
                              ? found(target)
                              : Standing{followed->state, Cause::kFollowed, followed->last_resort};
  if (!is_usable(ground.state)) return ground;
  if (target.order == Order::kDrain) return {State::kDrain, Cause::kOperator};
  if (target.agent_admin == AgentWord::Admin::kDrain) return {State::kDrain, Cause::kAgent};
  if (ground.state == State::kDrain || target.outlier == Outlier::kNone) return ground;
  const bool ejected = target.outlier == Outlier::kEjected;
  return {State::kDegraded, Cause::kTraffic, ejected || ground.last_resort};
}

std::string reason_of(const Standing& standing, const Target& target, const Target* followed) {
  switch (standing.cause) {
    case Cause::kNothing:
      return "not checked yet";
    case Cause::kUnchecked:
      return "no check is configured";
    case Cause::kCheck:
      return describe(target.results.newest().result);
    case Cause::kGrace:
      return "no check has found anything so far: it is used where no other server is up";
    case Cause::kAgent:
      return target.agent_reason;
    case Cause::kTraffic:
      return target.outlier_reason;
    case Cause::kFollowed:
      return base::concat("follows ", followed->name, ": ", followed->reason);
    case Cause::kOperator:
      return target.order_reason;
    case Cause::kUnresolved:
      return target.resolving_reason;
  }
  return {};
}

}  // namespace hapair::check
