// A drill, on the node that takes the VIPs and gives them back: what it says to the node that leads
// (libvrrp/core/drill.hpp). Pure. It gives back what it took in this drill and nothing else, and
// forgets a drill whose leader is heard no more: then it stays master.
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

class DrillPartner {
 public:
  /// Without a word of the leader's for so long the drill is over.
  static constexpr base::Duration kPatience = std::chrono::seconds(10);

  /// A letter of the node that leads. `objection`: what speaks against a drill now; empty: nothing.
  [[nodiscard]] DrillEffects on_note(const DrillNote& note, std::string_view objection,
                                     base::Instant now);
  [[nodiscard]] DrillEffects on_role(std::size_t vip, bool master, base::Instant now);
  [[nodiscard]] DrillEffects on_addresses(std::size_t vip, base::Instant now);
  [[nodiscard]] DrillEffects on_neighbour(std::size_t vip, base::Instant now);
  /// The VIPs can't be given back.
  [[nodiscard]] DrillEffects on_refused(std::string_view why);
  /// This node stops, or an operator has other plans.
  [[nodiscard]] DrillEffects break_off(std::string_view why);
  [[nodiscard]] DrillEffects on_deadline(base::Instant now);
  [[nodiscard]] std::optional<base::Instant> deadline() const { return deadline_; }

  [[nodiscard]] bool runs() const { return runs_; }
  /// Names of the VIPs; none where it takes part in no drill.
  [[nodiscard]] std::vector<std::string> vips() const;

 private:
  struct Seen {
    bool master = false;
    std::optional<base::Instant> began;
    std::optional<base::Instant> left;
  };

  void on_ask(const DrillNote& note, std::string_view objection, base::Instant now,
              DrillEffects& out);
  void forget(DrillEffects& out);
  [[nodiscard]] DrillEffects say() const { return {DrillSay{note_}}; }

  bool runs_ = false;
  bool gives_back_ = false;
  DrillNote note_;  ///< what this node says
  std::vector<Seen> seen_;
  std::optional<base::Instant> deadline_;
};

}  // namespace hapair::vrrp
