// A target of the registry, and how it stands: what checks, an agent, the traffic, another target
// and an operator say of it, laid over each other. Pure: plain values and one function.
//
//   operator: maintenance, forced up or down      the last word
//   agent: maintenance
//   checks, or the target that this one follows   the ground, with an agent's "down" in it
//   operator or agent: drain                      over what is well; what is down is down
//   traffic: ejected, or coming back              likewise: degraded
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.hpp"
#include "libcheck/core/result.hpp"
#include "libcheck/core/rise_fall.hpp"

namespace hapair::check {

enum class State : std::uint8_t {
  kUnknown,      ///< no result yet
  kUp,           ///< does its work
  kDegraded,     ///< does its work, but somebody should look; may get less traffic, or none
  kDown,         ///< does not do its work
  kMaintenance,  ///< out of use by an operator's word, or an agent's
  kDrain,        ///< does its work, but gets no new one, by such a word
  kResolving,    ///< its name has no address, so there is nothing to check
};

/// "unknown", "up", "degraded", "down", "maintenance", "drain", "resolving".
[[nodiscard]] std::string_view to_string(State state);

/// True for states in which a target can do its work. One that drains can: that it gets none is no
/// reason to move a VIP away.
[[nodiscard]] constexpr bool is_usable(State state) {
  return state == State::kUp || state == State::kDegraded || state == State::kDrain;
}

/// An operator's word, laid over everything else until it is taken back.
enum class Order : std::uint8_t {
  kNone,
  kDrain,        ///< no new traffic as long as it is well
  kMaintenance,  ///< no traffic; what is checked goes on being checked
  kForceUp,      ///< up, whatever is found
  kForceDown,    ///< down, whatever is found
};

/// "ready", "drain", "maintenance", "force-up", "force-down".
[[nodiscard]] std::string_view to_string(Order order);
/// The other way round; nullopt for any other word.
[[nodiscard]] std::optional<Order> parse_order(std::string_view word);

/// A point in time, once for decisions and once for people.
struct Moment {
  base::Instant at;
  base::WallTime wall;
};

/// Names a target of one registry, until that is removed.
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

/// What follows when the traffic of a server has met with too many errors in a row, in HAProxy's
/// terms.
enum class OnError : std::uint8_t {
  kFastCheck,    ///< "fastinter": nothing here; whoever runs the checks makes one soon
  kFailCheck,    ///< "fail-check": counts as a failed check
  kSuddenDeath,  ///< "sudden-death": one more failure takes it down
  kMarkDown,     ///< "mark-down": it is down
};

/// What the traffic of a server showed beside that of its siblings.
enum class Outlier : std::uint8_t {
  kNone,
  kEjected,    ///< it does much worse: it gets traffic only where nobody else can
  kReturning,  ///< its time is over: its share grows back
};

/// Whose word a state is.
enum class Cause : std::uint8_t {
  kNothing,  ///< nobody's: not checked yet
  kUnchecked,
  kCheck,
  kGrace,  ///< no check has found anything for so long that it is tried
  kAgent,
  kTraffic,
  kFollowed,  ///< the target that it follows
  kOperator,
  kUnresolved,  ///< the DNS's
};

struct Target {
  std::string name;  ///< "web_server/node1"; of what else is tracked "uplink"
  TargetKind kind = TargetKind::kServer;

  // How it stands; what follows from all of the below.
  State state = State::kUnknown;
  Cause cause = Cause::kNothing;
  std::string reason;        ///< why it is in this state, as a log line would say it
  Moment since;              ///< when it came into this state
  bool last_resort = false;  ///< degraded, and to be used only where nothing better is

  // What is said of it.
  bool checked = true;     ///< false: nobody checks it
  bool resolving = false;  ///< it has a name and no address: only maintenance lies over that
  RiseFall counter{RiseFallLimits{}};
  bool warns = false;  ///< its last good check
  bool tried = false;  ///< its grace is over without a result
  bool agent_down = false;
  AgentWord::Admin agent_admin = AgentWord::Admin::kNothing;
  std::uint16_t weight_percent = 100;  ///< of the configured weight, by its agent: 0 to 256
  std::optional<std::uint32_t> max_connections{};  ///< by its agent, in place of the configured
                                                   ///< ones; 0: no limit
  Outlier outlier = Outlier::kNone;
  Order order = Order::kNone;
  std::optional<TargetId> follows{};  ///< in place of checks of its own
  std::string resolving_reason;
  std::string agent_reason;
  std::string outlier_reason;
  std::string order_reason;
  std::optional<base::Instant> grace_ends{};  ///< absent: it has none, or it is over

  LastResults results;
  std::uint64_t checks = 0;
  std::uint64_t failures = 0;
  std::uint64_t observed_failures = 0;  ///< times that its traffic met with too many errors
  std::uint64_t times_down = 0;
};

struct Standing {
  State state = State::kUnknown;
  Cause cause = Cause::kNothing;
  bool last_resort = false;

  bool operator==(const Standing&) const = default;
};

/// How a target stands by all that is said of it; `followed` is that which it follows, else null.
[[nodiscard]] Standing stand(const Target& target, const Target* followed);
/// Why, in words.
[[nodiscard]] std::string reason_of(const Standing& standing, const Target& target,
                                    const Target* followed);

}  // namespace hapair::check
