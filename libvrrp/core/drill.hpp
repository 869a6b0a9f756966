// A drill, on the node that leads it: VIPs that it is master of go to a partner, in order, and come
// back, and what that takes is measured. Pure: events with their time in, effects out. It takes
// part in no election: a VIP moves because its master steps down, and comes back because the
// partner does, or, should that die, because an election ends so.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.hpp"
#include "libvrrp/core/drill_effects.hpp"
#include "libvrrp/core/drill_note.hpp"

namespace hapair::vrrp {

enum class DrillStage : std::uint8_t {
  kNone,       ///< there was no drill
  kAsking,     ///< whether the partner takes part
  kLeaving,    ///< running requests are finished, then the roles go
  kAway,       ///< until the partner is master
  kStaying,    ///< with it, for kStay
  kReturning,  ///< the partner finishes running requests, then the roles come back
  kSettling,   ///< the partner tells its last figures
  kEnded,
};

/// "none", "asking", ...
[[nodiscard]] std::string_view to_string(DrillStage stage);

/// One way of one VIP; what is absent was not seen.
struct DrillLeg {
  std::optional<base::Duration> gap;  ///< from the old master's farewell to the new one's advert
  std::optional<base::Duration>
      addresses;  ///< from that advert until they were on the new one's host
  std::optional<base::Duration> neighbour;  ///< from the farewell until the old one's table knew
};

struct DrillVip {
  std::string name;
  DrillLeg out;
  DrillLeg back;
};

struct DrillResult {
  std::uint64_t number = 0;
  std::string node;  ///< that leads
  std::string peer;
  std::vector<DrillVip> vips;
  DrillTally here;
  DrillTally there;
  std::vector<std::string> faults;  ///< in words, with what to do; none: all was right
  std::vector<std::string> remarks;
};

struct DrillPlan {
  std::uint64_t number = 0;       ///< not 0, and another one each time
  std::string node;               ///< this one
  std::string peer;               ///< the partner
  std::vector<std::string> vips;  ///< that this node is master of; one at least
  base::Duration drain{};         ///< the limit of finishing running requests
};

class Drill {
 public:
  /// For the partner to answer: three of its letters at least may be lost.
  static constexpr base::Duration kAnswerLimit = std::chrono::seconds(3);
  /// For an election to end, and the news of it to come, beyond draining.
  static constexpr base::Duration kMoveLimit = std::chrono::seconds(15);
  /// VIPs stay with the partner for so long.
  static constexpr base::Duration kStay = std::chrono::seconds(2);
  /// For the partner's last figures.
  static constexpr base::Duration kSettleLimit = std::chrono::seconds(3);

  /// Not while another one runs.
  [[nodiscard]] DrillEffects begin(DrillPlan plan, base::Instant now);
  [[nodiscard]] DrillEffects on_note(const DrillNote& note, base::Instant now);
  /// The partner is not heard any more.
  [[nodiscard]] DrillEffects on_silence(base::Instant now);
  [[nodiscard]] DrillEffects on_role(std::size_t vip, bool master, base::Instant now);
  /// The partner began to advertise at `at`, or said farewell; what was before the hand-over
  /// changes nothing, nor does saying it again.
  [[nodiscard]] DrillEffects on_partner_advert(std::size_t vip, base::Instant at,
                                               base::Instant now);
  void on_partner_farewell(std::size_t vip, base::Instant at);
  [[nodiscard]] DrillEffects on_addresses(std::size_t vip, base::Instant now);
  void on_neighbour(std::size_t vip, base::Instant now);
  /// An operator, or what the driver could not do, ends it where it stands.
  [[nodiscard]] DrillEffects break_off(std::string_view why, base::Instant now);
  [[nodiscard]] DrillEffects on_deadline(base::Instant now);
  [[nodiscard]] std::optional<base::Instant> deadline() const { return deadline_; }

  /// After DrillEnded: what this node has counted, which is a fault where something failed.
  void count(const DrillTally& here);

  [[nodiscard]] bool runs() const {
    return stage_ != DrillStage::kNone && stage_ != DrillStage::kEnded;
  }
  [[nodiscard]] DrillStage stage() const { return stage_; }
  [[nodiscard]] const DrillResult& result() const { return result_; }

 private:
  struct Seen {
    bool master = true;
    std::optional<base::Instant> left;
    std::optional<base::Instant> partner_began;
    std::optional<base::Instant> partner_farewell;
    std::optional<base::Instant> back;
  };

  void enter(DrillStage stage, base::Duration limit, base::Instant now);
  void say(DrillStep step, DrillEffects& out) const;
  void tell(std::string message, DrillEffects& out) const;
  void fault(std::string message) { result_.faults.push_back(std::move(message)); }
  void proceed(base::Instant now, DrillEffects& out);
  void on_figures(const DrillNote& note);
  void on_refusal(const DrillNote& note, base::Instant now, DrillEffects& out);
  void on_limit(base::Instant now, DrillEffects& out);
  void end(base::Instant now, DrillEffects& out);
  [[nodiscard]] bool all_here() const;
  [[nodiscard]] std::string vip_names() const;
  [[nodiscard]] bool settled() const;

  DrillStage stage_ = DrillStage::kNone;
  DrillResult result_;
  base::Duration drain_{};
  std::vector<Seen> seen_;  ///< by VIP
  std::optional<DrillStep> partner_;
  std::optional<base::Instant> deadline_;
};

}  // namespace hapair::vrrp
