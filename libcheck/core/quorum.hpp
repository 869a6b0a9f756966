// "At least N of these are up": what a VIP tracks and what a backend's own state is made of.
// Pure; a listener of the registry, with a listener of its own.
#pragma once

#include <map>
#include <vector>

#include "libcheck/core/registry.hpp"

namespace hapair::check {

class Quorum;

class QuorumListener {
 public:
  virtual void on_quorum_change(const Quorum& quorum, State previous) noexcept = 0;

 protected:
  ~QuorumListener() = default;
};

class Quorum final : public HealthListener {
 public:
  struct Counts {
    std::size_t usable = 0;
    std::size_t unknown = 0;
    std::size_t total = 0;
    auto operator<=>(const Counts&) const = default;
  };

  /// Counts are right from the start; `listener` (null for none) hears of later changes only.
  Quorum(Registry& registry, std::vector<TargetId> members, std::size_t min_up,
         QuorumListener* listener = nullptr);
  Quorum(const Quorum&) = delete;
  Quorum& operator=(const Quorum&) = delete;

  /// One more member, or one fewer; the listener hears if that changes the state.
  void add(TargetId id);
  void remove(TargetId id);

  /// up: all are usable, and at least min_up. degraded: some are not, but min_up are.
  /// unknown: too few are, but first results that are still out can make up for it. down: lost.
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] Counts counts() const { return counts_; }
  [[nodiscard]] std::size_t min_up() const { return min_up_; }
  /// "1 of 2 up, 1 needed".
  [[nodiscard]] std::string describe() const;

 private:
  void on_health_change(TargetId id, const Target& target, State previous) noexcept override;
  void count(State state, bool in);
  void follow();
  [[nodiscard]] State judge() const;

  Registry& registry_;
  std::size_t min_up_;
  QuorumListener* listener_;
  Counts counts_;
  State state_ = State::kUnknown;
  std::map<TargetId, Subscription> members_;
};

}  // namespace hapair::check
