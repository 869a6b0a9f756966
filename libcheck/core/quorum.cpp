#include "libcheck/core/quorum.hpp"

#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {

Quorum::Quorum(Registry& registry, std::vector<TargetId> members, std::size_t min_up,
               QuorumListener* listener)
    : min_up_(min_up), listener_(listener) {
  counts_.total = members.size();
  for (const TargetId id : members) {
    const State state = registry.get(id).state;
    if (is_usable(state)) ++counts_.usable;
    if (state == State::kUnknown) ++counts_.unknown;
    subscriptions_.push_back(registry.subscribe(id, *this));
  }
  state_ = judge();
}

void Quorum::on_health_change(TargetId, const Target& target, State previous) noexcept {
  if (is_usable(previous)) --counts_.usable;
  if (previous == State::kUnknown) --counts_.unknown;
  if (is_usable(target.state)) ++counts_.usable;
  if (target.state == State::kUnknown) ++counts_.unknown;

  const State now = judge();
  if (now == state_) return;
  const State before = std::exchange(state_, now);
  if (listener_ != nullptr) listener_->on_quorum_change(*this, before);
}

State Quorum::judge() const {
  if (counts_.usable >= min_up_) {
    return counts_.usable == counts_.total ? State::kUp : State::kDegraded;
  }
  return counts_.usable + counts_.unknown >= min_up_ ? State::kUnknown : State::kDown;
}

std::string Quorum::describe() const {
  return base::concat(counts_.usable, " of ", counts_.total, " up, ", min_up_, " needed");
}

}  // namespace hapair::check
