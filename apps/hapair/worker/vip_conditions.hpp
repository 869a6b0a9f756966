// What each VIP's election depends on, said once: the backends it tracks, whether its addresses can
// be held, and the same of the other members of its sync group. The election gets the fitness that
// follows from it, status shows the list.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/worker/health_wiring.hpp"
#include "libvrrp/core/priority.hpp"

namespace hapair::worker {

class VipConditions {
 public:
  /// Both outlive it.
  VipConditions(const config::Model& model, const HealthWiring& health);

  /// Another model is in the place of `before`: `places` has for each VIP its place there. What is
  /// known goes on.
  void on_reload(const config::Model& before, std::span<const std::optional<std::size_t>> places);

  /// Why the VIP's addresses can't be held; empty: they can.
  void set_fault(std::size_t vip, std::string_view reason) { faults_[vip] = reason; }
  [[nodiscard]] bool faulty(std::size_t vip) const { return !faults_[vip].empty(); }

  /// Who took the VIP out of the election, and how; empty: nobody.
  void set_maintenance(std::size_t vip, std::string_view order) { maintenance_[vip] = order; }
  /// Empty: nobody did.
  [[nodiscard]] const std::string& maintenance(std::size_t vip) const { return maintenance_[vip]; }
  [[nodiscard]] bool maintained(std::size_t vip) const { return !maintenance_[vip].empty(); }
  /// Why another node is the better one for a backend that the VIP needs; empty: none is.
  void set_elsewhere(std::size_t vip, std::size_t backend, std::string_view why) {
    elsewhere_[vip][backend] = why;
  }
  /// Nobody compares this node with others any more.
  void forget_elsewhere() { elsewhere_.assign(elsewhere_.size(), {}); }
  [[nodiscard]] bool elsewhere(std::size_t vip, std::size_t backend) const {
    const auto found = elsewhere_[vip].find(backend);
    return found != elsewhere_[vip].end() && !found->second.empty();
  }
  /// What an interface can do: pass packets, and whether it has the addresses adverts leave from.
  /// True when that is news.
  bool set_link(const std::string& interface, bool carrier, bool addressed);

  /// Of the VIP itself first, then of the VIPs it is in a sync group with.
  [[nodiscard]] std::vector<vrrp::TrackedCondition> of(std::size_t vip) const;
  [[nodiscard]] vrrp::Fitness fitness(std::size_t vip) const;
  /// The VIPs whose fitness depends on this one's conditions, itself among them.
  [[nodiscard]] std::vector<std::size_t> concerned(std::size_t vip) const;

 private:
  [[nodiscard]] vrrp::TrackedCondition link_condition(const config::Vip& vip) const;
  void add_own(std::size_t vip, std::string_view prefix,
               std::vector<vrrp::TrackedCondition>& out) const;

  const config::Model& model_;
  const HealthWiring& health_;
  struct LinkState {
    bool carrier = true;
    bool addressed = true;

    bool operator==(const LinkState&) const = default;
  };

  std::vector<std::string> faults_;                            ///< by VIP
  std::vector<std::string> maintenance_;                       ///< by VIP
  std::vector<std::map<std::size_t, std::string>> elsewhere_;  ///< by VIP and backend
  std::map<std::string, LinkState> links_;  ///< by interface; all is well with the others
};

}  // namespace hapair::worker
