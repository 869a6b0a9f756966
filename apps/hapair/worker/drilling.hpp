// Drives drills, on either side: hears the peers' letters and the elections, has VIPs given away,
// asks the guardian what the host and its neighbour table know, counts, and tells journal and
// control socket. What happens when is decided by vrrp::Drill and vrrp::DrillPartner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/control/actions.hpp"
#include "apps/hapair/control/drill_json.hpp"
#include "apps/hapair/guardian/guardian_client.hpp"
#include "apps/hapair/worker/drill_counts.hpp"
#include "apps/hapair/worker/hello_wiring.hpp"
#include "apps/hapair/worker/leaving.hpp"
#include "apps/hapair/worker/vip_set.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/event/event_loop.hpp"
#include "liblb/io/engine.hpp"
#include "libvrrp/core/drill.hpp"
#include "libvrrp/core/drill_partner.hpp"

namespace hapair::worker {

/// What drills have to do with; all of it outlives them.
struct DrillParts {
  const config::Model& model;
  HelloWiring& hello;
  const VipSet& vips;
  const Leaving& leaving;
  const lb::Engine& engine;
  guardian::GuardianClient& guardian;
  const base::Logger& log;
  base::Journal& journal;
};

class Drilling final : HelloFollower {
 public:
  /// Gives a VIP away, with those that go with it, when running requests are finished.
  using GiveAway = std::function<control::StepDown(std::size_t vip, std::string_view why)>;

  Drilling(event::EventLoop& loop, const DrillParts& parts, GiveAway give_away);

  /// `vips`: that this node is master of, those that go together among them; one at least.
  [[nodiscard]] control::DrillStart begin(const std::vector<std::size_t>& vips,
                                          std::string_view who);
  /// From an election: must not call its router.
  void on_role(std::size_t vip, bool master);
  void on_vip_seen(const guardian::VipSeen& seen);
  /// Somebody else has plans for the VIPs; nothing where no drill is under way.
  void break_off(std::string_view why);

  /// On either side.
  [[nodiscard]] bool under_way() const { return lead_.runs() || partner_.runs(); }
  [[nodiscard]] control::DrillView view() const;

 private:
  /// What the guardian is asked again and again until it is so.
  struct Look {
    std::size_t vip = 0;  ///< of the drill
    vrrp::DrillLook::For what = vrrp::DrillLook::For::kAddresses;
    base::Instant until{};
    bool asked = false;
  };

  void on_hello() noexcept override;
  void on_peer_silent(std::size_t peer) noexcept override;
  void on_note(std::size_t peer, const vrrp::DrillNote& note);
  void on_tick() noexcept;
  void look_at_adverts();
  [[nodiscard]] const vrrp::PeerHeard* adverts_of(std::size_t peer, std::size_t vip) const;
  /// What speaks against a drill of so many VIPs on this node, on either side.
  [[nodiscard]] std::vector<std::string> own_objections(std::size_t vips) const;
  [[nodiscard]] std::vector<std::string> objections(const std::vector<std::size_t>& vips,
                                                    std::optional<std::size_t> peer) const;
  [[nodiscard]] std::string objection_as_partner(std::size_t peer,
                                                 const vrrp::DrillNote& note) const;
  [[nodiscard]] std::vector<std::string> names_of(const std::vector<std::size_t>& vips) const;
  void begin_counting();
  [[nodiscard]] vrrp::DrillTally counted() const;
  [[nodiscard]] std::optional<std::size_t> vip_named(std::string_view name) const;
  /// Its place in the drill's list.
  [[nodiscard]] std::optional<std::size_t> place_of(std::size_t vip) const;

  void perform(const vrrp::DrillEffects& effects);
  void say(std::optional<vrrp::DrillNote> note);
  void hand_over();
  void tell(bool warning, std::string_view state, const std::string& message);
  void finish();
  void arm();

  event::EventLoop& loop_;
  DrillParts parts_;
  GiveAway give_away_;
  vrrp::Drill lead_;
  vrrp::DrillPartner partner_;
  base::WallTime began_{};
  std::uint64_t last_number_ = 0;
  std::size_t peer_ = 0;              ///< with whom the drill is, or was
  std::vector<std::size_t> vips_;     ///< of the drill, by their places in it
  std::vector<std::uint64_t> notes_;  ///< heard of each peer
  DrillCounts counts_;
  std::vector<Look> looks_;
  event::Timer tick_;
};

}  // namespace hapair::worker
