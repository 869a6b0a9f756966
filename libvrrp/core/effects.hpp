// What an election wants done: data only, performed in order by the driver. The order carries
// meaning: on becoming master advertise, hold, announce, tell; on leaving stop, tell, release.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"

namespace hapair::vrrp {

/// The states of RFC 9568, section 6.4 (its Active is our Master, as in RFC 3768), and one of ours:
/// in kFault the node is unfit and stays out of the election until that has passed.
enum class State : std::uint8_t { kInitialize, kBackup, kMaster, kFault };

/// "initialize", "backup", "master", "fault".
[[nodiscard]] std::string_view to_string(State state);

/// A standing order: an advert now, then one every `interval`.
struct Advertise {
  std::uint8_t priority = 0;
  base::Duration interval{};
};

struct StopAdvertising {
  bool resign = false;  ///< one advert with priority 0 first
};

struct AcquireVips {};

struct ReleaseVips {};

/// Begin the announce schedule (again).
struct Announce {};

/// Call on_deadline() then, instead of when it was asked for before.
struct ArmDeadline {
  base::Instant at{};
};

struct DisarmDeadline {};

/// Would be master, if it were not for the sync group: let it decide.
struct Claim {};

struct Transition {
  State from = State::kInitialize;
  State to = State::kInitialize;
  std::string reason;
};

enum class AlarmKind : std::uint8_t {
  kAddressesDiffer,       ///< a router with our VRID announces other addresses
  kUnbelievableInterval,  ///< a master claims an interval far from ours
  kAnotherMaster,         ///< as master we hear a router that we outrank advertise as well
  kTwoOwners,             ///< two routers claim priority 255
  kPaused,                ///< we were not running for longer than an election can bear
  kUnsignedPeer,          ///< a router that is taken although it does not sign
  kIntervalDiffers,       ///< a master has another interval than we, which version 3 allows
  kStranger,              ///< somebody who is none of our nodes uses our VRID
  kNodeRefused,           ///< a node of ours sends adverts that we must drop
};

inline constexpr std::size_t kAlarmKinds = 9;

/// "vrrp-addresses-differ" and so on: the id of its log record.
[[nodiscard]] std::string_view to_string(AlarmKind kind);

/// Worth knowing, though nobody need act.
[[nodiscard]] constexpr bool is_notice(AlarmKind kind) {
  return kind == AlarmKind::kIntervalDiffers;
}

/// Something a person should look at; changes nothing.
struct Alarm {
  AlarmKind kind = AlarmKind::kPaused;
  std::string message;
};

using Effect = std::variant<Advertise, StopAdvertising, AcquireVips, ReleaseVips, Announce,
                            ArmDeadline, DisarmDeadline, Claim, Transition, Alarm>;
using Effects = std::vector<Effect>;

}  // namespace hapair::vrrp
