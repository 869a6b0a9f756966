// The health registry: the one place where this node knows how its targets are. Sources report
// results and an operator's word; whoever needs health (balancer servers, VIP tracking, status,
// logs) subscribes and is told of state changes. Pure: time is passed in.
//
// A target starts unknown, not up. Maintenance is an operator's word laid over the checks: they go
// on counting underneath, so that "ready" gives a verdict that is fresh.
//
// The registry is created first and destroyed last; listeners hold their Subscription. A listener
// may subscribe and unsubscribe within a call, but must not change a target's state there.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.hpp"
#include "libcheck/core/result.hpp"
#include "libcheck/core/rise_fall.hpp"

namespace hapair::check {

enum class State : std::uint8_t { kUnknown, kUp, kDegraded, kDown, kMaintenance };

/// "unknown", "up", "degraded", "down", "maintenance".
[[nodiscard]] std::string_view to_string(State state);

/// True for states in which a target can do its work.
[[nodiscard]] constexpr bool is_usable(State state) {
  return state == State::kUp || state == State::kDegraded;
}

/// A point in time, once for decisions and once for people.
struct Moment {
  base::Instant at;
  base::WallTime wall;
};

/// Names a target of one registry, as long as that lives.
struct TargetId {
  std::uint32_t index = 0;
  auto operator<=>(const TargetId&) const = default;
};

enum class TargetKind : std::uint8_t {
  kServer,   ///< of a backend
  kTracked,  ///< something else that VIPs track
};

struct CheckRecord {
  base::WallTime time;
  CheckResult result;
};

/// The last results of a target; the oldest makes room.
class LastResults {
 public:
  static constexpr std::size_t kCapacity = 8;

  void push(CheckRecord record);
  [[nodiscard]] std::size_t size() const { return size_; }
  /// 0 is the newest; `age` must be below size().
  [[nodiscard]] const CheckRecord& newest(std::size_t age = 0) const;

 private:
  std::array<CheckRecord, kCapacity> records_{};
  std::size_t next_ = 0;
  std::size_t size_ = 0;
};

struct Target {
  std::string name;  ///< "web_server/node1"; of what else is tracked "uplink"
  TargetKind kind = TargetKind::kServer;
  State state = State::kUnknown;
  std::string reason;   ///< why it is in this state, as a log line would say it
  Moment since;         ///< when it came into this state
  bool checked = true;  ///< false: nobody checks it, only an operator's word counts
  RiseFall counter{RiseFallLimits{}};
  LastResults results;
  std::uint64_t checks = 0;
  std::uint64_t failures = 0;
  std::uint64_t times_down = 0;
};

class HealthListener {
 public:
  /// The target has just left the state `previous`.
  virtual void on_health_change(TargetId id, const Target& target, State previous) noexcept = 0;
  /// A result has been counted that left the state as it was; for those who show results.
  virtual void on_health_result(TargetId /*id*/, const Target& /*target*/) noexcept {}

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
  /// Adds a target that nobody checks: up, until an operator says otherwise.
  TargetId add_unchecked(std::string name, Moment now);

  [[nodiscard]] const Target& get(TargetId id) const { return entries_.at(id.index).target; }
  [[nodiscard]] std::optional<TargetId> find(std::string_view name) const;
  /// The ids are 0 to size() - 1, in the order of adding.
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  /// One result of a check. An inconclusive one is kept for people, but counts neither way.
  void report(TargetId id, CheckResult result, Moment now);

  /// An operator takes the target out of use; `reason` is kept and shown.
  void set_maintenance(TargetId id, std::string reason, Moment now);
  /// Ends maintenance: the state is again what the checks say.
  void set_ready(TargetId id, Moment now);

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
  };

  TargetId add_entry(Target target);
  Listeners& listeners_of(std::optional<TargetId> only);
  void unsubscribe(std::optional<TargetId> only, HealthListener* listener);
  void enter(TargetId id, State state, std::string reason, Moment now);
  /// `previous` is absent when the state has not changed.
  void tell(TargetId id, std::optional<State> previous);
  void tell(Listeners& listeners, TargetId id, std::optional<State> previous);

  std::deque<Entry> entries_;  // a deque keeps references valid while targets are added
  std::map<std::string, TargetId, std::less<>> by_name_;
  Listeners listeners_to_all_;
  bool telling_ = false;
};

}  // namespace hapair::check
