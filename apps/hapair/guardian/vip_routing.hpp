// The routes and rules that move with VIP groups, on this host. What it puts there stands in the
// ledger before it is done and bears our protocol number, so that it is told from others'.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/ledger.hpp"
#include "apps/hapair/guardian/vip_actuator.hpp"
#include "common/base/log.hpp"
#include "libvrrp/io/netlink.hpp"

namespace hapair::guardian {

class VipRouting {
 public:
  /// Takes off what an earlier run has left on the host. All references must outlive it.
  [[nodiscard]] static base::Result<VipRouting> prepare(const Grants& grants,
                                                        const VipActuator& actuator, Ledger& ledger,
                                                        vrrp::Netlink& netlink, base::Logger& log);
  /// The same beside one that runs, in this process or another: its routes and rules stay.
  [[nodiscard]] static VipRouting prepare_beside(const Grants& grants, const VipActuator& actuator,
                                                 Ledger& ledger, vrrp::Netlink& netlink,
                                                 base::Logger& log);
  /// This one in place of `running`: `places` has for each group its place there. What no group
  /// has any more is taken off.
  void take_over(const VipRouting& running, std::span<const std::optional<std::size_t>> places);

  /// Puts what is missing of a group's; gives back how many that were. Failures are logged once;
  /// fault() tells of them.
  std::size_t put(std::size_t group);
  void remove(std::span<const std::size_t> groups);
  /// Nothing is known to be there any more: the next put() looks at everything.
  void forget(std::size_t group);
  /// Somebody has removed it, or it went with something else; the group that it is of.
  std::optional<std::size_t> on_removed(const vrrp::Routing& routing);
  /// What could not be put, for people; empty: everything is there.
  [[nodiscard]] const std::string& fault(std::size_t group) const { return groups_[group].fault; }

 private:
  struct Item {
    vrrp::Routing routing;
    bool present = false;  ///< as far as we know
    bool noted = false;    ///< in the ledger: perhaps it is there
  };
  struct Group {
    std::vector<Item> items;  ///< routes in the order of the file, then rules
    std::string fault;
  };

  VipRouting(const Grants& grants, Ledger& ledger, vrrp::Netlink& netlink, base::Logger& log)
      : grants_(grants), ledger_(ledger), netlink_(netlink), log_(log) {}

  void take_off(std::vector<vrrp::Routing> routing);
  base::Result<void> remove_left_overs();
  /// Why it is not there although it should be; empty: it is.
  std::string settle(Item& item, int code);
  std::string settle_in_place(Item& item);
  void tell(std::size_t group, std::string fault);

  const Grants& grants_;
  Ledger& ledger_;
  vrrp::Netlink& netlink_;
  base::Logger& log_;
  std::vector<Group> groups_;
};

}  // namespace hapair::guardian
