#include "libcheck/core/quorum.hpp"

#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {

Quorum::Quorum(Registry& registry, std::vector<TargetId> members, std::size_t min_up,
               QuorumListener* listener)
    : registry_(registry), min_up_(min_up), listener_(listener) {
  for (const TargetId id : members) {
    count(registry.get(id).state, true);
    members_.emplace(id, registry.subscribe(id, *this));
  }
  state_ = judge();
}

void Quorum::add(TargetId id) {
  count(registry_.get(id).state, true);
  members_.emplace(id, registry_.subscribe(id, *this));
  follow();
}

void Quorum::remove(TargetId id) {
  if (members_.erase(id) == 0) return;
  count(registry_.get(id).state, false);
  follow();
}

void Quorum::count(State state, bool in) {
  const auto change = [in](std::size_t& number) { in ? ++number : --number; };
  change(counts_.total);
  if (is_usable(state)) change(counts_.usable);
  if (state == State::kUnknown) change(counts_.unknown);
}

void Quorum::on_health_change(TargetId, const Target& target, State previous) noexcept {
  count(previous, false);
  count(target.state, true);
  follow();
}

void Quorum::follow() {
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
