// The interfaces that are targets: whether each is there, passes packets and has its addresses; and
// which there are, for the gateways beyond them. Fed with the kernel's events; tells what has
// changed. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/protocol.hpp"
#include "libvrrp/io/netlink_monitor.hpp"

namespace hapair::guardian {

class InterfaceTargets {
 public:
  /// The grants outlive it.
  explicit InterfaceTargets(const Grants& grants);

  /// False: nothing need be told to it.
  [[nodiscard]] bool any() const { return needed_; }
  /// All there is, in place of what was known.
  void reset(std::span<const vrrp::Link> links, std::span<const vrrp::LinkAddress> addresses);
  void on_event(const vrrp::NetlinkEvent& event);

  /// The kernel's number of an interface; nullopt: there is none of that name.
  [[nodiscard]] std::optional<std::uint32_t> index_of(std::string_view name) const;

  /// What has changed since it was asked last.
  [[nodiscard]] std::vector<TargetFound> take_changes();
  /// What each is found to be.
  [[nodiscard]] std::vector<TargetFound> all();

 private:
  struct Known {
    std::string name;
    bool up = false;
    bool carrier = false;
    bool operator==(const Known&) const = default;
  };

  void on(const vrrp::AddressAdded& event);
  void on(const vrrp::AddressRemoved& event);
  void on(const vrrp::LinkChanged& event);
  void on(const vrrp::LinkRemoved& event);
  void on(const vrrp::RoutingRemoved& /*event*/) {}
  void on(const vrrp::EventsLost& /*event*/) {}  ///< reset() follows
  [[nodiscard]] TargetFound find_out(std::size_t target) const;
  [[nodiscard]] std::string fault_of(const InterfaceTarget& target) const;

  const Grants& grants_;
  std::map<std::uint32_t, Known> links_;                           ///< by the kernel's index
  std::set<std::pair<std::uint32_t, base::IpAddress>> addresses_;  ///< on which of them
  std::map<std::size_t, std::optional<TargetFound>> found_;        ///< as told, by target
  bool needed_ = false;
  bool changed_ = true;
};

}  // namespace hapair::guardian
