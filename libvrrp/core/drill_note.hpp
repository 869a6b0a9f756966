// What two nodes tell each other during a drill (docs/decisions/0037-drill.md): one that leads,
// which is master and gives VIPs away, and its partner, which takes them and gives them back. Each
// says where it stands and what it has measured; a time is always between two events that one node
// saw, so no clocks are compared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"

namespace hapair::vrrp {

inline constexpr std::size_t kMaxDrillReason = 200;  ///< bytes

enum class DrillStep : std::uint8_t {
  // of the node that leads
  kAsk,       ///< may we begin?
  kHandOver,  ///< it gives the VIPs away, or has done so
  kGiveBack,  ///< the partner is to give them back
  kOver,      ///< the drill has ended, one way or the other
  // of its partner
  kReady,
  kRefused,  ///< for the reason in the note
  kMaster,   ///< of all of the VIPs
  kGone,     ///< it has given them back
};
inline constexpr std::uint8_t kDrillSteps = 8;

/// What the partner has seen of one VIP; each absent until it has, and at most an hour.
struct DrillVipFigures {
  std::string name;
  /// From its first advert until they were on its host.
  std::optional<base::Duration> addresses{};
  /// From its own farewell until its neighbour table knew the next master.
  std::optional<base::Duration> neighbour{};

  bool operator==(const DrillVipFigures&) const = default;
};

/// What a node has counted since the drill began.
struct DrillTally {
  std::uint64_t requests = 0;  ///< that came in over the VIPs
  std::uint64_t failed = 0;  ///< of all of the node, for want of a server or of anything of its own
  std::uint64_t reset = 0;   ///< connections that had not ended at the limit of draining

  bool operator==(const DrillTally&) const = default;
};

struct DrillNote {
  std::uint64_t number = 0;  ///< of the drill; never 0
  DrillStep step = DrillStep::kAsk;
  std::string reason;                 ///< of a refusal
  std::vector<DrillVipFigures> vips;  ///< 1 to kMaxHelloEntries
  DrillTally tally;

  bool operator==(const DrillNote&) const = default;
};

/// Texts and lists that are too long are cut, times too.
void put_drill_note(base::ByteWriter& out, const DrillNote& note);
/// Total. False for what is none.
[[nodiscard]] bool take_drill_note(base::ByteReader& in, DrillNote& note);

}  // namespace hapair::vrrp
